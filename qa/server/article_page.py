"""An article as a page of its own, where the link of a citation marks the sentence."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qa.page.render import render_export
from qa.page.service import Service
from qa.server.links import PASS, Links
from qa.server.problems import problem

# The page has its styles in it and nothing else.
_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


class ArticlePage:
    """Shows an article to whoever follows a citation to it."""

    def __init__(self, service: Service, links: Links) -> None:
        """Take what holds the articles, and what makes and checks their addresses."""
        self.service, self.links = service, links

    def show(self, request: Request) -> Response:
        """Return the page of the article whose id the path names."""
        article_id = request.path_params["article_id"]
        if not self.links.opens(article_id, request.query_params.get(PASS, "")):
            return problem(403, "Article is shown to those who follow the link of a citation")
        article = self.service.corpus.find(article_id)
        if article is None:
            return problem(404, "Article is not asked here any longer")
        return HTMLResponse(render_export((), [article]), headers=_HEADERS)
