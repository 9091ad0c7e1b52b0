"""Nouns that say who somebody or what something is, as regular expressions.

They are the commonest in English news, reference works and office papers: offices, trades, kin, and
things that have proper names. Nouns of both people and things ("operator", "maker") are left out.
"""

from __future__ import annotations


def any_of(words: str) -> str:
    """Return the alternatives of a regular expression for words between spaces."""
    return "|".join(words.split())


TITLES = any_of(
    """President Chancellor Minister Secretary Secretary-General Senator Governor Mayor Judge Justice
General Colonel Captain Sergeant Inspector Detective Coach King Queen Prince Princess Pope Bishop
Councillor Commissioner Ambassador Professor Director Premier Superintendent Deputy"""
)
_ROLE_NOUNS = """
actor actress adviser advisor agent ambassador analyst anthropologist apprentice architect archivist
artist assembler assistant attorney author baker banker barber beekeeper biologist bishop brewer
brother builder butcher captain caretaker carpenter cashier chair chancellor chef chemist chief
clerk coach columnist commander commissioner composer conductor conservator consultant cook
coordinator correspondent councillor counsel critic curator dancer daughter dean dentist deputy
designer detective diplomat director diver doctor driver editor electrician engineer executive
explorer farmer father filmmaker fisherman forester founder gardener geologist governor grocer
grower guide head headmaster headteacher historian hunter husband inspector interpreter inventor
judge keeper king landlady landlord lawyer leader lecturer librarian lieutenant linguist lobbyist
magistrate manager master mathematician mayor mechanic mediator merchant midwife miller miner
minister monk mother musician neighbour nephew niece novelist nun nurse officer official organiser
organizer painter pastor pharmacist philosopher photographer physician pilot planner plumber
poet porter president priest principal prisoner producer professor programmer prosecutor publisher
queen ranger rector reporter researcher resident sailor saleswoman sculptor secretary
secretary-general senator sergeant shepherd singer sister skipper soldier solicitor son speaker
spokesperson steward student superintendent supervisor surgeon surveyor tailor teacher technician
tenant trainer translator treasurer trustee tutor vet veterinarian vicar volunteer waiter waitress
warden widow widower wife worker writer
"""
# By their endings, and one by one.
ROLES = (
    r"[a-z]+(?:ologist|ographer|[^cs]ist|ician|arian|woman|person)"
    r"|(?:states|spokes|fire|fisher|business|chair|sales|crafts|police|country|sports|crew|camera|alder)man|"
    + any_of(_ROLE_NOUNS)
)
THINGS = any_of(
    """agency airline airport alliance animal app archive area association authority bakery band bank bay
bill bird boat book brand bridge canal cape capital castle cathedral chain channel charity church
city club college commission committee community company council country county court dam database
department desert device disease district drug enzyme exhibition federation ferry festival film firm
fish foundation fund game gene group hamlet harbour hill hormone hospital hotel institute
institution instrument island journal laboratory lake language league library market medicine
mineral ministry mission molecule monastery mountain museum network newspaper novel opera orchestra
organisation organization palace party peninsula platform play poem port program programme project
protein province region restaurant river road satellite school settlement ship site society software
species square startup state station store stream street suburb technique technology town treaty
tree tribe trust union university valley venture vessel village virus volcano website"""
)
# Past tenses that do not end in -ed and are no participle beside a noun.
PASTS = any_of(
    """became began bought broke brought built came chose drew fell found gave grew held kept knew led left
lost made met paid rose ran saw sang sent sold spent spoke stole taught took threw won wore wrote
withdrew went"""
)
MONTHS = any_of(
    "January February March April May June July August September October November December"
)
DAYS = any_of("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
SAID = any_of("said told explained added wrote warned argued replied recalled complained insisted")
