"""The addresses at which cited sentences are shown, and who may open them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from index import Article
from qa.page.render import anchor

PASS = "pass"  # noqa: S105 - the name of a parameter


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses of articles; with a key each carries a pass that opens that article alone.

    A person's browser sends no key, so whoever is given a citation can open its article, and no
    other.
    """

    public_url: str | None = None
    key: str | None = None

    def base(self, request: HTTPConnection) -> str:
        """Return the address of the server as its clients see it, with a slash at its end."""
        return f"{self.public_url or str(request.base_url)}".rstrip("/") + "/"

    def article(self, base: str, article_id: str) -> str:
        """Return the address of an article."""
        query = f"?{PASS}={self._pass(article_id)}" if self.key else ""
        return f"{base}articles/{article_id}{query}"

    def sentence(self, base: str, article: Article, sentence_number: int) -> str:
        """Return the address at which a sentence of an article is marked."""
        return f"{self.article(base, article.id)}#{anchor(article, sentence_number)}"

    def opens(self, article_id: str, given: str) -> bool:
        """Return whether a pass opens an article."""
        right = self._pass(article_id).encode()
        return not self.key or hmac.compare_digest(right, given.encode())

    def _pass(self, article_id: str) -> str:
        return hmac.new((self.key or "").encode(), article_id.encode(), sha256).hexdigest()[:32]


def public_url(root_path: str | None) -> str | None:
    """Return the address at which a proxy serves; None where there is none, or only its path is known.

    Without one, links use the host name of the request, which a proxy may have changed.
    """
    return root_path if root_path and urlsplit(root_path).netloc else None
