"""Claims that say what a sentence says in other words, as people retell: "X was the author of B" for "X wrote B".

Each has a false twin in the same words: who does it and to whom have changed places, or another noun of
the same family stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from claims_parse import child, inside, is_name, root_of, subtree
from claims_turned import parts_of, rest_of, verb_like
from lemminflect import getInflection
from spacy.tokens import Doc, Token

# Verbs with an object: what may be said for them, before the same object.
_WITH_OBJECT = """
found: be the founder of, set up, establish, start /
invent: be the inventor of, devise, come up with / discover: be the discoverer of, find /
write: be the author of, pen / direct: be the director of /
compose: be the composer of, write / design: be the designer of, draw up /
win: be the winner of / own: be the owner of, possess / lead: be the leader of, head /
govern: be the governor of, rule / rule: be the ruler of, govern /
manage: be the manager of, run / edit: be the editor of / create: be the creator of, make /
paint: be the painter of / build: construct, put up / construct: build, put up /
teach: be the teacher of / coach: be the coach of, train / train: coach /
produce: make / publish: issue / release: issue /
support: back, be a supporter of, give support to / oppose: be against, be an opponent of /
join: become a member of / use: make use of, employ / employ: use / buy: acquire, purchase /
purchase: buy, acquire / acquire: get, obtain / obtain: get, secure / receive: get, be given /
kill: cause the death of / destroy: wreck, ruin / defeat: beat, win against /
beat: defeat, win against / capture: take, seize / seize: take, take hold of /
attack: make an attack on, assault / invade: march into / conquer: take, subdue /
enter: go into / reach: get to, arrive at / visit: pay a visit to, call on / cross: go across /
follow: come after / precede: come before / succeed: come after, take over from /
replace: take the place of, take over from / cause: lead to, bring about /
prevent: stop, keep off / help: give help to, assist /
describe: give a description of, depict / mention: make mention of, refer to /
discuss: talk about / criticise: speak against, find fault with /
criticize: speak against, find fault with / praise: speak well of / admire: think highly of /
hate: detest / love: be fond of / need: require, be in need of / require: need, call for /
demand: call for, insist on / seek: look for / study: learn about, examine /
examine: look into, study / investigate: look into, examine / prove: show, demonstrate / reveal: make known, show / announce: make known, make public /
explain: make clear / contain: hold, have inside / lack: be without, do not have /
reduce: cut, bring down / improve: make better / expand: enlarge, make bigger / start: begin /
begin: start / finish: complete, bring to an end / complete: finish, bring to an end /
cancel: call off / postpone: put off / delay: hold up, put off / reject: turn down, refuse /
refuse: turn down / accept: agree to, take / approve: give approval to / allow: permit /
forbid: ban, prohibit / ban: forbid, prohibit / hire: take on, employ / dismiss: fire, let go /
fire: dismiss, sack / arrest: take into custody / marry: wed / raid: make a raid on /
influence: have an influence on, affect / affect: have an effect on /
damage: do damage to, harm / harm: do harm to, damage / injure: hurt / wound: hurt, injure /
surround: lie around / conduct: carry out / collect: gather /
include: have among its parts / increase: raise / keep: retain / continue: go on with /
organise: put on, arrange / organize: put on, arrange / host: play host to, be the host of /
choose: pick, select / select: choose, pick / elect: vote in / appoint: name, choose /
demolish: tear down, knock down / repair: mend, fix / rescue: save, come to the aid of /
protect: keep safe, guard / guard: watch over, protect / search: look through /
find: come upon, locate / transport: carry / send: dispatch / donate: give /
fund: pay for, finance / finance: pay for, fund / sponsor: be the sponsor of, pay for /
inherit: come into / abandon: give up, desert / resume: take up again /
preserve: keep, conserve / celebrate: mark / translate: make a translation of /
remember: recall / understand: comprehend / contest: dispute /
introduce: bring in / abolish: do away with / encounter: meet with, come across
"""
# Verbs in the passive voice, without a doer: other participles.
_DONE = """
found: established, set up, started / establish: founded, set up /
build: constructed, put up, erected / construct: built, put up / erect: built, put up /
publish: issued / release: issued / arrest: taken into custody /
kill: slain, put to death / destroy: wrecked, ruined / demolish: torn down, knocked down /
injure: hurt / wound: hurt / complete: finished / finish: completed / elect: voted in /
choose: selected, picked / select: chosen, picked / appoint: named / dismiss: fired, sacked /
cancel: called off / postpone: put off / reject: turned down / reduce: cut /
rename: given another name / produce: made / discover: found / capture: taken, seized /
abolish: done away with / ban: forbidden, prohibited / prohibit: banned, forbidden /
permit: allowed / allow: permitted / require: needed / situate: located / locate: situated /
surround: ringed / award: given / grant: given / write: penned / invent: devised /
repair: mended, fixed / fund: paid for / organise: arranged, put on /
organize: arranged, put on / investigate: looked into / transport: carried / rescue: saved /
divide: split / devastate: laid waste, ravaged / abandon: given up
"""
# Verbs without an object.
_ALONE = """
die: pass away, lose one life / begin: start, get under way / start: begin, get under way /
end: finish, come to an end / finish: end, come to an end / increase: go up, grow /
grow: increase, become bigger / decrease: go down, fall / decline: go down, sink /
return: come back, go back / arrive: come / depart: leave, set off / live: reside, dwell /
reside: live / happen: occur, take place / occur: happen, take place / collapse: fall down /
crash: have a crash / disappear: vanish / survive: stay alive / escape: get away, break free /
flee: run away / retire: go into retirement / agree: be in agreement / speak: talk /
travel: journey / succeed: be successful / surrender: give up / resign: step down /
vary: differ / hesitate: waver
"""
# Nouns, and what each of a family is as well: any of the family is another one.
_FAMILIES = """
ship: ferry tug trawler tanker frigate destroyer steamer / writer: novelist poet playwright essayist /
musician: pianist violinist guitarist drummer cellist / scientist: physicist chemist biologist geologist astronomer /
artist: painter sculptor / building: church castle palace school library hospital factory warehouse /
ruler: king emperor sultan tsar queen / relative: brother sister cousin uncle aunt nephew niece grandfather grandmother /
parent: mother father / animal: dog cat horse cow pig goat sheep wolf fox lion bear / bird: eagle crow swan owl pigeon /
tree: oak pine birch elm maple / vehicle: car truck bus van lorry tractor / book: novel biography dictionary textbook /
instrument: piano violin guitar flute trumpet cello / official: minister mayor governor senator ambassador /
metal: iron copper gold silver lead zinc tin / fruit: apple pear plum orange banana / crop: wheat barley maize rice cotton /
soldier: sergeant private lieutenant / officer: captain colonel major general admiral / disease: malaria cholera smallpox measles tuberculosis /
weapon: sword rifle spear pistol dagger / season: spring summer autumn winter / meal: breakfast lunch dinner supper /
language: French German Spanish Russian Arabic / body of water: lake river sea ocean / house: cottage villa mansion bungalow
"""


def _table(text: str) -> dict[str, list[str]]:
    listed = (each.partition(":") for each in " ".join(text.split()).split(" / "))
    return {key.strip(): [o.strip() for o in others.split(",")] for key, _, others in listed}


_ACTIVE, _PASSIVE, _OWN = _table(_WITH_OBJECT), _table(_DONE), _table(_ALONE)
_KIND_OF = {
    word: (kind, names[0].split())
    for kind, names in _table(_FAMILIES).items()
    for word in names[0].split()
}
_LEAVES_OPEN = ("ccomp", "xcomp", "prt", "neg", "dative", "oprd")


def retold(doc: Doc, random: Random) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, true claim, false claim or nothing) of a parsed sentence."""
    root = root_of(doc)
    if root is not None and not any(c.dep_ in _LEAVES_OPEN for c in root.children):
        true, false = _active(doc, root, random)
        if true:
            yield "retold", true, false
        if true := _alone(doc, root, random):
            yield "retold", true, ""
    true, false = _passive(doc, random)
    if true:
        yield "retold", true, false
    if (pair := _wider(doc, random)) is not None:
        yield "wider", *pair


def _active(doc: Doc, root: Token, random: Random) -> tuple[str, str]:
    parts = parts_of(root)
    others = _ACTIVE.get(root.lemma_, [])
    if parts is None or not others or any(t.is_punct for part in parts for t in part):
        return "", ""
    one, thing = parts
    other = random.choice(others)
    if other.startswith("be the ") and not is_name(one[-1]):
        return "", ""
    before = inside([t for t in doc if t.i < one[0].i])
    between = inside([t for t in doc if one[-1].i < t.i < root.i])
    middle = inside([t for t in doc if root.i < t.i < thing[0].i])
    verb, back = verb_like(other, root, one), verb_like(other, root, thing)
    if not verb or middle or (between and other.startswith("be ")):
        return "", ""
    rest = rest_of(doc, thing)
    false = f"{before} {inside(thing)} {between} {back} {inside(one)} {rest}" if back else ""
    return f"{before} {inside(one)} {between} {verb} {inside(thing)} {rest}", false


def _passive(doc: Doc, random: Random) -> tuple[str, str]:
    """Return a sentence with another participle, of the same meaning and of another one."""
    for token in doc:
        whole = child(token, "auxpass") is not None or token.dep_ == "acl"
        if (
            token.tag_ != "VBN"
            or not whole
            or token.lemma_ not in _PASSIVE
            or child(token, "oprd", "xcomp", "prt")
        ):
            continue
        own = _PASSIVE[token.lemma_]
        like = {*own, *(o for each in own for o in _PASSIVE.get(each.removesuffix("ed"), ()))}
        key = random.choice(
            [k for k, others in _PASSIVE.items() if k != token.lemma_ and not like & {*others}]
        )
        before, after = doc[: token.i].text_with_ws, doc[token.i + 1 :].text
        space = token.whitespace_
        return tuple(
            f"{before}{w}{space}{after}" for w in (random.choice(own), random.choice(_PASSIVE[key]))
        )  # type: ignore[return-value]
    return "", ""


def _alone(doc: Doc, root: Token, random: Random) -> str:
    subject = child(root, "nsubj")
    if subject is None or child(root, "dobj", "attr", "acomp") or root.lemma_ not in _OWN:
        return ""
    after = doc[root.i + 1] if root.i + 1 < len(doc) else None
    if (
        after is not None
        and after.pos_ == "ADP"
        and after.lower_ not in ("in", "on", "at", "after", "before")
    ):
        return ""
    if root.lemma_ in ("live", "reside") and (after is None or after.lower_ not in ("in", "at")):
        return ""
    other = random.choice([o for o in _OWN[root.lemma_] if " one " not in o])
    verb = verb_like(other, root, subtree(subject))
    return f"{doc[: root.i].text_with_ws}{verb} {doc[root.i + 1 :].text}" if verb else ""


def _wider(doc: Doc, random: Random) -> tuple[str, str] | None:
    """Return a sentence with what a thing is as well for what it is, and with another of that family."""
    for token in doc:
        kind, family = _KIND_OF.get(token.lemma_, ("", []))
        article = doc[token.i - 1] if token.i else None
        if not kind or token.pos_ != "NOUN" or token.dep_ == "compound" or " " in kind:
            continue
        if article is None or article.lower_ not in ("the", "this", "that", "a", "an"):
            continue
        if token.text != token.lower_ or child(token, "compound", "prep", "amod", "poss"):
            continue
        forms = [
            next(iter(getInflection(word, tag=token.tag_)), "")
            for word in (kind, random.choice([w for w in family if w != token.lemma_]))
        ]
        if all(forms):
            made = [_in_place(doc, token, article, form) for form in forms]
            return made[0], made[1]
    return None


def _in_place(doc: Doc, token: Token, article: Token, word: str) -> str:
    a = article.text
    if a.lower() in ("a", "an"):
        a = (
            ("An" if word[0] in "aeiou" else "A")
            if a[0] == "A"
            else ("an" if word[0] in "aeiou" else "a")
        )
    return f"{doc[: article.i].text_with_ws}{a} {word}{token.whitespace_}{doc[token.i + 1 :].text}"
