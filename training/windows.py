"""Text becomes word pieces and sentences; runs of sentences become windows of one question."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import sentencex
from groups import Window
from tokenizers import Tokenizer

from index import Article

MAX_WINDOW = 380


@dataclass(frozen=True, slots=True)
class Text:
    """A text in word pieces.

    Attributes:
        text: as given.
        ids: vocabulary numbers of its word pieces.
        offsets: (start, end) of each word piece in ``text``, in code points.
        sentences: (start, end) of each sentence, in word pieces; they follow one another.
    """

    text: str
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]

    def words_of(self, run: tuple[int, int]) -> str:
        """Return what a run of sentences, (first, after the last), says."""
        first, last = self.sentences[run[0]][0], self.sentences[run[1] - 1][1]
        return self.text[self.offsets[first][0] : self.offsets[last - 1][1]]


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the model folder's tokenizer, cutting and padding nothing."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def sentence_starts(text: str) -> list[int]:
    """Return where sentences begin, 0 first; lower-cased text is cut at stops and spaces."""
    if text == text.lower():
        return [0, *(match.end() for match in re.finditer(r"[.!?][\"')\]]*\s+", text))]
    starts = [int(b["start_index"]) for b in sentencex.get_sentence_boundaries("en", text)]
    return sorted({0, *starts})


def article_starts(text: str) -> list[int]:
    """Return where the program itself begins a sentence of an article, 0 first."""
    return sorted({0, *(s.start for s in Article.from_text(text, language="en").sentences)})


def make_texts(
    tokenizer: Tokenizer,
    texts: Sequence[str],
    starts_of: Callable[[str], list[int]] = sentence_starts,
) -> list[Text]:
    """Return texts in word pieces, each with its sentences; a long sentence is cut in pieces."""
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    made = []
    for text, one in zip(texts, encoded, strict=True):
        offsets = tuple((int(a), int(b)) for a, b in one.offsets)
        cuts = starts_of(text)
        made.append(Text(text, tuple(one.ids), offsets, _sentences(offsets, cuts)))
    return made


def _sentences(
    offsets: Sequence[tuple[int, int]], starts: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Return sentences as runs of word pieces; a piece belongs where its first letter stands."""
    edges, at = [0], 1
    for number, (start, _) in enumerate(offsets):
        new = False
        while at < len(starts) and start >= starts[at]:
            at, new = at + 1, True
        if number - edges[-1] >= MAX_WINDOW or (new and number > edges[-1]):
            edges.append(number)
    edges.append(len(offsets))
    return tuple((a, b) for a, b in pairwise(edges) if b > a)


def answer_pieces(text: Text, answer: str, start: int) -> tuple[int, int] | None:
    """Return the first and last word piece of an answer, None where it cuts a word piece."""
    end = start + len(answer)
    first = next((n for n, (a, _) in enumerate(text.offsets) if a == start), None)
    if first is None:
        return None
    for number in range(first, len(text.offsets)):
        if text.offsets[number][1] >= end:
            return (first, number) if text.offsets[number][1] == end else None
    return None


def window_size(random: Random) -> int:
    """Return how many word pieces a window may take: mostly 60 to 180, sometimes 320."""
    low, high = random.choices(((60, 110), (110, 180), (180, 320)), (42, 44, 14))[0]
    return random.randint(low, high)


def runs_of(text: Text, limit_of: Callable[[], int]) -> list[tuple[int, int]]:
    """Return a text cut into runs of whole sentences, (first, after the last) sentence.

    Args:
        text: what is cut.
        limit_of: says for each run how many word pieces it may take.
    """
    runs, first, size, limit = [], 0, 0, limit_of()
    for number, (a, b) in enumerate(text.sentences):
        if size and size + b - a > limit:
            runs.append((first, number))
            first, size, limit = number, 0, limit_of()
        size += b - a
    runs.append((first, len(text.sentences)))
    return runs


def part(text: Text, run: tuple[int, int]) -> Text:
    """Return a run of sentences as a text of its own; its offsets stay those of the whole."""
    sentences = text.sentences[run[0] : run[1]]
    start, end = sentences[0][0], sentences[-1][1]
    return Text(
        text.text,
        text.ids[start:end],
        text.offsets[start:end],
        tuple((a - start, b - start) for a, b in sentences),
    )


def run_around(text: Text, first: int, last: int, random: Random) -> tuple[int, int]:
    """Return a run of sentences that holds sentences first to last, grown at random ends."""
    limit = window_size(random)
    low, high = first, last + 1
    size = text.sentences[last][1] - text.sentences[first][0]
    before = random.random()  # how much of the run stands before the answer, on average
    while size < limit and (low > 0 or high < len(text.sentences)):
        grow_low = low > 0 and (high == len(text.sentences) or random.random() < before)
        a, b = text.sentences[low - 1 if grow_low else high]
        if size + b - a > limit:
            break
        low, high, size = (low - 1, high, size) if grow_low else (low, high + 1, size)
        size += b - a
    return low, high


def cut(
    text: Text,
    run: tuple[int, int],
    golds: Sequence[tuple[int, int]] = (),
    title_ids: Sequence[int] = (),
    alternatives: Sequence[Sequence[int]] | None = None,
) -> Window:
    """Return the window of a run of sentences, with the gold answers that lie inside it.

    Args:
        text: what is cut.
        run: the (first, after the last) sentence.
        golds: the (first, last) word piece of each answer, in ``text``.
        title_ids: stands before the sentences.
        alternatives: the sentences that answer together, by their numbers in ``text``; None takes
            each sentence with a gold answer by itself.
    """
    sentences = text.sentences[run[0] : run[1]]
    start = sentences[0][0]
    end = min(sentences[-1][1], start + MAX_WINDOW)
    shift = len(title_ids) - start
    inside = [(a, b) for a, b in golds if a >= start and b < end]
    spans = [(a + shift, min(b, end) + shift) for a, b in sentences if a < end]
    if alternatives is None:
        alternatives = [[n] for n in sentences_of(text, inside)]
    evidence = {
        (number - run[0], told)
        for told, numbers in enumerate(alternatives)
        for number in numbers
        if run[0] <= number < run[0] + len(spans)
    }
    return Window(
        ids=[*title_ids, *text.ids[start:end]],
        n_title=len(title_ids),
        sentences=spans,
        answers=sorted({(a + shift, b + shift) for a, b in inside}),
        evidence=sorted(evidence),
    )


def sentences_of(text: Text, golds: Sequence[tuple[int, int]]) -> list[int]:
    """Return the numbers of the sentences that hold a part of an answer."""
    return [
        number
        for number, (low, high) in enumerate(text.sentences)
        if any(a < high and b >= low for a, b in golds)
    ]


def sentences_within(text: Text, places: Sequence[tuple[int, int]]) -> list[int]:
    """Return the numbers of the sentences of which half stands inside given places of the text."""
    found = []
    for number, (a, b) in enumerate(text.sentences):
        start, end = text.offsets[a][0], text.offsets[b - 1][1]
        shared = sum(max(0, min(end, high) - max(start, low)) for low, high in places)
        if 2 * shared > end - start:
            found.append(number)
    return found


def without(text: Text, numbers: Collection[int]) -> Text:
    """Return a text less some of its sentences, with its other sentences as they are."""
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    sentences = []
    for number, (a, b) in enumerate(text.sentences):
        if number not in numbers:
            sentences.append((len(ids), len(ids) + b - a))
            ids.extend(text.ids[a:b])
            offsets.extend(text.offsets[a:b])
    return Text(text.text, tuple(ids), tuple(offsets), tuple(sentences))


def join(windows: Sequence[Window]) -> Window:
    """Return windows without titles one after another as one window."""
    whole = Window([], 0, [], [], [])
    for window in windows:
        shift, n = len(whole.ids), len(whole.sentences)
        whole.ids.extend(window.ids)
        whole.sentences.extend((a + shift, b + shift) for a, b in window.sentences)
        whole.answers.extend((a + shift, b + shift) for a, b in window.answers)
        whole.evidence.extend((number + n, told) for number, told in window.evidence)
    return whole
