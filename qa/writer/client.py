"""One request to an OpenAI-compatible endpoint: bounded in time and in size, and no second try."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from qa.errors import WriterError

MAX_BYTES = 256_000
MAX_TOKENS = 600
_PATH = "/chat/completions"


class Client:
    """A chat endpoint and the model that is asked there."""

    def __init__(self, url: str, model: str, key: str | None, timeout: float) -> None:
        """Take what names the endpoint; nothing is sent yet.

        Args:
            url: http or https, up to and with ``/v1``.
            model: as the endpoint calls it.
            key: sent as a bearer token; None sends none.
            timeout: seconds that a whole reply may take.

        Raises:
            WriterError: the address is no http or https address, holds a password, or a key would
                travel to another machine in the clear.
            ValueError: the model has no name, or ``timeout`` is not above 0.
        """
        if not model.strip():
            raise ValueError("model must be the name of a model, got none")
        if not timeout > 0:
            raise ValueError(f"timeout must be above 0 seconds, got {timeout}")
        self.url, self.model, self.timeout = _checked(url, has_key=bool(key)), model, timeout
        self._key = key

    def complete(self, messages: list[dict[str, str]], schema: Mapping[str, Any]) -> str:
        """Return what the model writes.

        Args:
            messages: of the chat.
            schema: the JSON schema that the endpoint is asked to keep to.

        Raises:
            WriterError: there is no reply in time, or none that can be read.
        """
        body = {
            "model": self.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "stream": False,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "rewording", "strict": True, "schema": schema},
            },
        }
        # A loop of its own, in a thread of its own: the caller may have one that runs.
        with ThreadPoolExecutor(1) as pool:
            return _content(pool.submit(asyncio.run, self._post(body)).result())

    async def _post(self, body: Mapping[str, Any]) -> bytes:
        import httpx

        headers = {"Accept-Encoding": "identity"}  # what is packed may unpack to any size
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(timeout=self.timeout, follow_redirects=False) as client,
                client.stream("POST", self.url, json=body, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise self._error(f"answered {response.status_code}")
                received = bytearray()
                async for piece in response.aiter_raw():
                    received += piece
                    if len(received) > MAX_BYTES:
                        raise self._error(f"sent more than {MAX_BYTES:,} bytes")
                return bytes(received)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._error(f"gave no whole reply in {self.timeout:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise self._error(f"could not be asked ({type(error).__name__})") from error

    def _error(self, what: str) -> WriterError:
        return WriterError(f"The writer {what}.", url=self.url)


def _checked(url: str, *, has_key: bool) -> str:
    """Return the address of the chat endpoint."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    clean = not (parts.query or parts.fragment or any(c.isspace() for c in url))
    if parts.scheme not in ("http", "https") or not host or not clean:
        raise WriterError(
            f"--writer must be an address as http://localhost:8080/v1, got {url!r}", url=url
        )
    if parts.username or parts.password:
        raise WriterError(
            "--writer must be an address without a name or password; set ARTICLE_QA_WRITER_KEY",
            url=f"{parts.scheme}://{host}",
        )
    if has_key and parts.scheme == "http" and not _is_this_machine(host):
        raise WriterError(
            f"--writer must be an https address where a key is sent, got {url}; "
            "or unset ARTICLE_QA_WRITER_KEY",
            url=url,
        )
    base = url.rstrip("/")
    return base if base.endswith(_PATH) else base + _PATH


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _content(received: bytes) -> str:
    """Return the text of the first choice of a chat completion."""
    try:
        content = json.loads(received)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise WriterError("The writer sent no chat completion.") from error
    if not isinstance(content, str):
        raise WriterError("The writer sent no text.")
    return content
