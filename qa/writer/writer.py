"""A language model rewords answers; what does not hold against their quotes is not shown.

Whether a question is answered is decided before, and never by the writer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from qa import wording
from qa.errors import WriterError
from qa.text import normalised
from qa.types import Answer, Citation, Rewording, WrittenSentence
from qa.writer.client import Client
from qa.writer.prompt import SCHEMA, messages_for, sentences_of
from qa.writer.rules import reason_to_drop
from qa.writer.support import Support

KEY_VARIABLE = "ARTICLE_QA_WRITER_KEY"
TIMEOUT = 30.0
N_FAILURES = 3  # in a row, after which the writer is left alone for a while
REST = 60.0


class Writer:
    """A model at an OpenAI-compatible endpoint as a ``Rewriter``; may be used by several threads.

    What is sent there is the question, as it was understood, and the cited sentences.
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        """Take the endpoint; nothing is sent before an answer is given.

        Args:
            url: http or https, up to and with ``/v1``.
            model: as the endpoint calls it.
            key: sent as a bearer token; None takes that of ARTICLE_QA_WRITER_KEY, if it is set.
            timeout: seconds that a reply may take.

        Raises:
            WriterError: the address cannot be one of an endpoint, or a key would travel in the clear.
            ValueError: the model has no name, or ``timeout`` is not above 0.
        """
        key = os.environ.get(KEY_VARIABLE) if key is None else key
        self._client = Client(url, model, key or None, timeout)
        self._support = Support()
        self._lock = Lock()
        self._n_failed, self._rest_until = 0, 0.0

    @property
    def fingerprint(self) -> str:
        """The endpoint, the model and the check of what it writes."""
        return f"{self._client.url} {self._client.model} {self._support.fingerprint}"

    def reworded(self, answer: Answer) -> Answer:
        """Return an answer with the reworded sentences that hold; without any, with a note.

        An answer that is not given, or quotes nothing, comes back as it is.
        """
        if answer.kind != "answer" or not answer.given or not answer.citations:
            return answer
        try:
            written = self._written(answer)
        except WriterError as error:
            return _noted(answer, f"{error} {wording.NOT_REWORDED}")
        supported = self._checked(written, answer.citations)
        if not supported:
            return _noted(answer, f"{wording.NOTHING_HELD} {wording.NOT_REWORDED}")
        model = self._client.model
        return replace(answer, rewording=Rewording(supported, model, len(written) - len(supported)))

    def _written(self, answer: Answer) -> list[WrittenSentence]:
        """Return what the writer writes; raise WriterError where it fails, or is left alone."""
        with self._lock:
            if time.monotonic() < self._rest_until:
                raise WriterError("The writer failed several times; it is asked again in a minute.")
        question = answer.standalone_question or answer.question
        try:
            reply = self._client.complete(messages_for(question, answer.citations), SCHEMA)
            written = sentences_of(reply)
        except WriterError:
            self._count(failed=True)
            raise
        self._count(failed=False)
        return written

    def _count(self, *, failed: bool) -> None:
        with self._lock:
            self._n_failed = self._n_failed + 1 if failed else 0
            if self._n_failed >= N_FAILURES:
                self._n_failed, self._rest_until = 0, time.monotonic() + REST

    def _checked(
        self, written: Sequence[WrittenSentence], citations: Sequence[Citation]
    ) -> tuple[WrittenSentence, ...]:
        """Return the sentences that hold, each once."""
        quotes = {c.number: c.quote for c in citations}
        held = {normalised(s.text): s for s in reversed(written) if self._holds(s, quotes)}
        return tuple(s for s in written if held.get(normalised(s.text)) is s)

    def _holds(self, sentence: WrittenSentence, quotes: dict[int, str]) -> bool:
        if not sentence.numbers or not quotes.keys() >= set(sentence.numbers):
            return False
        cited = [quotes[number] for number in sorted(sentence.numbers)]
        if reason_to_drop(sentence.text, cited):
            return False
        return self._support.holds(sentence.text, cited)


def _noted(answer: Answer, note: str) -> Answer:
    return replace(answer, notes=(*answer.notes, note))
