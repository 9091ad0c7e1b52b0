"""Sentence splitters measured on Universal Dependencies text, or on lines of our own: boundary F1 and speed.

    pip install . --group bench && python bench/splitters.py PATH/en_ewt-ud-dev.conllu [MORE.conllu ...]
    python bench/splitters.py tests/sentences/english.txt

A paragraph of the treebank is put together from its sentences and given to each splitter; in a line of
a `.txt` file bars part the sentences. A boundary is the position after a sentence's last character. The
end of a paragraph, which every splitter finds, is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Splitter = Callable[[str], list[int]]
UNSPACED = "。"  # no space follows it


def lines(path: Path) -> Iterator[tuple[str, set[int]]]:
    """Yield (text, inner sentence ends) for each line of a file whose sentences bars part."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text, ends = "", set()
        for sentence in line.split("|"):
            text += ("" if not text or text.endswith(UNSPACED) else " ") + sentence
            ends.add(len(text))
        yield text, ends - {len(text)}


def paragraphs(path: Path) -> Iterator[tuple[str, set[int]]]:
    """Yield (text, inner sentence ends) for each paragraph of a CoNLL-U file."""
    sentences: list[str] = []
    ends: set[int] = set()
    text, last_token = "", ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), "# newpar"]:
        if line.startswith(("# newpar", "# newdoc")) and sentences:
            yield text, ends - {len(text)}
            sentences, ends, text, last_token = [], set(), "", ""
        elif line.startswith("# text = "):
            if text and "SpaceAfter=No" not in last_token:
                text += " "
            text += line.removeprefix("# text = ")
            sentences.append(line)
            ends.add(len(text))
        elif line and line[0].isdigit():
            last_token = line.rsplit("\t", 1)[-1]


def by_sentencex() -> Splitter:
    """Return the ends that sentencex finds."""
    from sentencex import get_sentence_boundaries

    return lambda text: [
        b["start_index"] + len(b["text"].rstrip()) for b in get_sentence_boundaries("en", text)
    ]


def by_article_qa() -> Splitter:
    """Return the ends that this project finds."""
    from index.text.sentences import split_sentences

    return lambda text: [end for _, end in split_sentences(text)]


def by_punkt() -> Splitter:
    """Return the ends that Punkt, with its English model, finds."""
    from punkt import tokenizer_for

    model = tokenizer_for("english")
    return lambda text: [end for _, end in model.span_tokenize(text)]


def by_spacy() -> Splitter:
    """Return the ends that spaCy's rule-based sentencizer finds."""
    import spacy

    model = spacy.blank("en")
    model.add_pipe("sentencizer")
    return lambda text: [s.end_char for s in model(text).sents]


def measure(split: Splitter, texts: list[tuple[str, set[int]]]) -> dict[str, float]:
    """Return precision, recall and F1 of the inner boundaries, and characters per second."""
    n_ends = n_right = n_wanted = 0
    began = time.perf_counter()
    all_ends = [set(split(text)) - {len(text)} for text, _ in texts]
    seconds = time.perf_counter() - began
    for ends, (_, wanted) in zip(all_ends, texts, strict=True):
        n_ends += len(ends)
        n_wanted += len(wanted)
        n_right += len(ends & wanted)
    precision, recall = n_right / n_ends, n_right / n_wanted
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
        "characters_per_s": round(sum(len(t) for t, _ in texts) / seconds),
    }


def main() -> None:
    """Print a row per splitter, and all rows as JSON on the last line."""
    paths = [Path(name) for name in sys.argv[1:]]
    texts = [t for p in paths for t in (lines(p) if p.suffix == ".txt" else paragraphs(p))]
    if not texts:
        sys.exit("splitters needs at least one .conllu or .txt file, got none")
    rows = {}
    for make in (by_article_qa, by_sentencex, by_punkt, by_spacy):
        name = make.__name__.removeprefix("by_")
        rows[name] = measure(make(), texts)
        print(f"{name:12} {rows[name]}", file=sys.stderr)
    print(json.dumps({"paragraphs": len(texts), "splitters": rows}))


if __name__ == "__main__":
    main()
