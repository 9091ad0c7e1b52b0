"""Words that make a claim false, and what else a claim is made of."""

from __future__ import annotations

import re


def _pairs(text: str) -> list[tuple[str, str]]:
    return [
        (left.strip(), right.strip())
        for left, _, right in (p.partition(":") for p in text.split(";") if p.strip())
    ]


# One in the other's place makes a claim false.
_OPPOSITE = _pairs(
    """more:less; more:fewer; higher:lower; high:low; larger:smaller; large:small; big:small;
    bigger:smaller; longer:shorter; long:short; older:younger; old:young; old:new; earlier:later;
    early:late; before:after; first:last; best:worst; better:worse; good:bad; most:least;
    most:few; all:none; all:some; every:no; always:never; always:rarely; often:rarely;
    often:never; usually:seldom; many:few; increase:decrease; increased:decreased;
    increases:decreases; increasing:decreasing; rose:fell; rise:fall; rises:falls; rising:falling;
    grew:shrank; grow:shrink; growing:shrinking; growth:decline; gain:loss; gained:lost; won:lost;
    win:lose; wins:loses; bought:sold; buy:sell; buys:sells; accepted:rejected; accept:reject;
    allowed:forbidden; allows:forbids; allow:forbid; allowed:banned; approved:rejected;
    supported:opposed; supports:opposes; support:oppose; opened:closed; open:closed; opens:closes;
    started:ended; began:ended; begins:ends; start:end; beginning:end; entered:left; enter:leave;
    arrived:left; arrive:leave; north:south; northern:southern; northeast:southwest; east:west;
    eastern:western; left:right; up:down; above:below; over:under; inside:outside; within:outside;
    into:out of; with:without; including:excluding; included:excluded; true:false; right:wrong;
    success:failure; successful:unsuccessful; succeeded:failed; succeed:fail; strong:weak;
    stronger:weaker; strongest:weakest; rich:poor; hot:cold; warm:cool; warmer:cooler;
    wet:dry; heavy:light; hard:soft; hard:easy; difficult:easy; fast:slow; faster:slower;
    quickly:slowly; near:far from; same:different; similar:different; common:rare;
    cheap:expensive; cheaper:dearer; public:private; male:female; men:women; man:woman; boy:girl;
    boys:girls; son:daughter; sons:daughters; father:mother; brother:sister; husband:wife;
    king:queen; he:she; his:her; major:minor; majority:minority; maximum:minimum; largest:smallest;
    biggest:smallest; highest:lowest; longest:shortest; oldest:youngest; oldest:newest;
    earliest:latest; possible:impossible; legal:illegal; able:unable; known:unknown;
    positive:negative; active:passive; present:absent; born:killed; alive:dead; day:night;
    morning:evening; summer:winter; spring:autumn; import:export; imports:exports;
    remember:forget; love:hate; loved:hated; liked:disliked; agreed:refused; agree:disagree;
    attack:defend; attacked:defended; give:take; gave:took; gives:takes; given:taken;
    sent:received; send:receive; raised:lowered; raise:lower; widened:narrowed; improved:worsened;
    improve:worsen; create:destroy; created:destroyed; built:demolished; added:removed;
    joined:left; hired:fired; appointed:dismissed; elected:defeated; lent:borrowed; taught:learned;
    pulled:pushed; praised:criticised; welcomed:condemned; confirmed:denied; confirms:denies;
    admitted:denied; friend:enemy; ally:rival; teacher:student; seller:buyer; owner:tenant;
    employer:employee; white:black; red:blue; green:yellow; solid:liquid; both:neither;
    at least:at most; up to:at least; more than:less than; must:need not; must:may; can:cannot;
    mandatory:optional; required:optional; free:paid; safe:dangerous; healthy:sick; full:empty;
    optimistic:pessimistic; expected:ruled out; encouraged:discouraged; helped:hindered;
    caused:prevented; causes:prevents; cause:prevent; follows:precedes; followed:preceded;
    lead:trail; led:trailed; lasted:ended; keep:discard; kept:discarded; remained:ceased;
    only:also; partly:entirely; temporarily:permanently; temporary:permanent"""
)
# Measures and currencies of like kind.
UNIT_FAMILIES = [
    family.split()
    for family in (
        "kilometres metres centimetres millimetres miles feet inches yards",
        "kilometers meters centimeters millimeters miles feet inches yards",
        "km m cm mm",
        "kilograms grams tonnes pounds ounces",
        "kg g mg",
        "seconds minutes hours days weeks months years decades centuries",
        "second minute hour day week month year decade century",
        "thousand million billion trillion",
        "dollars euros pounds yen roubles francs",
        "$ € £",
        "litres millilitres gallons pints",
        "percent degrees points times",
        "watts kilowatts megawatts gigawatts",
        "MW kW GW W",
        "hectares acres",
    )
]
HEDGES = _pairs(
    """may:will; might:will; could:will; may have:has; might have:had; should:does; can:must;
    plans to:has begun to; planned to:managed to; wants to:is about to; wanted to:managed to;
    tried to:managed to; attempted to:managed to; hopes to:will; hoped to:managed to;
    intends to:has begun to; intended to:managed to; expected to:certain to; likely to:certain to;
    proposed:adopted; suggested:proved; suggests:proves; suggest:prove; believed:proved;
    probably:certainly; perhaps:certainly; possibly:certainly; reportedly:certainly;
    allegedly:certainly; some:all; some:most; many:all; most:all; about:exactly; nearly:fully;
    almost:completely; partly:wholly; sometimes:always; often:always; usually:always;
    considered:decided on; would:did; potential:proven; if:because; unless:because;
    one of the:the only one of the; seemed to:turned out to; appears to:is proven to;
    rarely:always; up to:exactly; around:exactly"""
)
# Verbs of which either side may be the subject.
SYMMETRIC = frozenset(
    """meet marry wed divorce play resemble border equal fight face join share match collide
    compete cooperate partner date be become mean differ kiss hug include contain have consist
    accompany debate battle remain call name connect link""".split()
)
NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
DETAILS = """for the first time; for the second time; against the advice of experts; in secret;
    free of charge; with great success; by accident; on purpose; without any help; at night;
    in front of a large crowd; for three years; for political reasons; despite the costs;
    because of bad weather; to save money; before the war; after a long illness; in record time;
    with the help of volunteers; twice a year; under pressure from the government; by a narrow
    margin; as the only one of its kind; on a Sunday; for health reasons; with his brother;
    in both countries; as a gift; to great applause; from a neighbour; by mistake; without a permit;
    at the request of the police; over several decades; in the summer; at a loss; unanimously;
    illegally; immediately; reluctantly; once more; for good"""
DETAILS_LIST = [" ".join(each.split()) for each in DETAILS.split(";")]
ADJECTIVES = """famous; former; young; old; retired; wealthy; popular; foreign; new; abandoned;
    experimental; expensive; private; secret; controversial; unpopular; independent; historic;
    temporary; small; huge; award-winning; medieval; wooden; southern; annual; banned"""
ADJECTIVES_LIST = [each.strip() for each in ADJECTIVES.split(";")]


def _both_ways(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for left, right in pairs:
        table.setdefault(left.lower(), []).append(right)
        table.setdefault(right.lower(), []).append(left)
    return table


def _one_way(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for left, right in pairs:
        table.setdefault(left.lower(), []).append(right)
    return table


OPPOSITE, UNHEDGED = _both_ways(_OPPOSITE), _one_way(HEDGES)


def finder(table: dict[str, list[str]]) -> re.Pattern[str]:
    """Return what finds the words of a table in a text, the longest first."""
    listed = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    return re.compile(rf"(?<![\w'-])(?:{listed})(?![\w'-])", re.IGNORECASE)
