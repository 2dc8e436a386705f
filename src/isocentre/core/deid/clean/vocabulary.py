"""The words that text may keep, by kind of attribute; lists shipped as data in `words/`, one word a line."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

KINDS = {
    "description": ("anatomy", "technique", "contrast", "procedure", "prose", "makers", "abroad", "standard"),
    "contrast": ("contrast", "anatomy", "technique", "procedure", "prose"),
    "structure": ("anatomy", "technique", "procedure", "structures", "standard"),
    "lead": ("leads", "anatomy", "technique"),
    "prose": ("anatomy", "technique", "contrast", "procedure", "prose", "makers", "standard"),
}
"""Which lists each kind of attribute keeps."""
OF_TAG = {
    0x00080104: "meaning", 0x00180010: "contrast", 0x00321070: "contrast",
    0x30060026: "structure", 0x30060028: "structure", 0x30060085: "structure", 0x30060088: "structure",
    0x00620005: "structure", 0x00620006: "structure", 0x30100035: "structure", 0x30100036: "structure",
    0x003A0203: "lead", 0x003A0020: "lead",
    0x0040A160: "prose", 0x00204000: "prose", 0x00184000: "prose", 0x00104000: "prose", 0x00324000: "prose",
    0x00401400: "prose", 0x00402400: "prose", 0x001021B0: "prose", 0x00700006: "prose",
}  # fmt: skip
"""The kind of the attributes that are no plain description."""

_PERSON_MARKS = """
mr ms mrs miss mx dr drs prof professor doctor sir dame lady lord sister nurse herr frau mme mlle monsieur madame senor
senora sig dott dra sra rev revd sgt capt cllr consultant radiographer radiologist sonographer technologist technician
operator physician surgeon registrar referrer gp matron midwife physio
"""
PERSON_MARKS = frozenset(_PERSON_MARKS.split())
"""What follows is a person's name."""
_TITLES_LIST = """
mr ms mrs miss mx dr drs prof professor sir dame lady lord rev revd herr frau mme mlle sgt capt
"""
TITLES = frozenset(_TITLES_LIST.split())
"""Of those, what no meaning of a public code says unless somebody is named."""
_LABELS = """
name names named surname forename forenames firstname lastname initials alias aka nee called contact referred refd
requested reported dictated signed verified typed seen attn cc cced mother father son daughter wife husband brother
partner parent parents carer guardian kin relative grandmother grandfather uncle aunt widow widower fiancee fiance
"""
LABELS = frozenset(_LABELS.split())
"""What follows is a person's name."""
LAST = frozenset({"name", "names", "reported", "requested", "verified"})
"""Of those, what is a plain word where nothing follows."""
_NUMBER_LABELS = """
dob born birth birthday mrn nhs nhsno chi hsc hn crn pid pin ssn id ids tel telephone phone fax mob mobile email mail
address addr postcode accession ext extn extension bleep bleeper pager dect hospno urn unitno casenote casenotes
"""
NUMBER_LABELS = frozenset(_NUMBER_LABELS.split())
"""What follows is a number, a date or an address of a person."""
_PLACES = """
hospital hospitals hosp infirmary clinic clinics ward wards trust hospice surgery centre center practice university
college school institute institut klinik klinikum krankenhaus universitat hopital chu ospedale ziekenhuis sykehus
sjukhus ysbyty meddygfa canolfan clinig polyclinic infirmaria street road avenue lane close drive crescent house park
city town village county borough parish square terrace grove gardens cottage farm court
"""
PLACES = frozenset(_PLACES.split())
"""A place, with what precedes it."""
_EMPTY_LIST = """
a an and as at by for from in is no not of on or the to was with
"""
EMPTY = frozenset(_EMPTY_LIST.split())
"""Words that say nothing where they are all that is left."""
_KERNEL = re.compile(r"(?:[BHTUQSIJ][rlvfpcdhk]|FC|FL)[0-9]{2}[a-z]?[0-9]?", re.IGNORECASE)
MODALITIES = frozenset({"cr", "ct", "dx", "mg", "mr", "nm", "pt", "rf", "us", "xa"})
"""Modalities with two letters (PS3.3 C.7.3.1.1.1), which are many people's initials too."""
STREETS = frozenset({"St", "Rd", "Ave", "Ln", "Cl", "Sq", "Tce", "Gdns"})
"""Streets as an address writes them behind a number and a name; ST is soft tissue."""
BEDS = frozenset({"bed", "bay", "room", "cubicle", "side", "rm"})
"""With their numbers they go behind a ward."""
_USEFUL_LIST = """
mr dr ms cc center centre id drive square surgery seen requested mobile ext extension close court
"""
USEFUL = frozenset(_USEFUL_LIST.split())
"""Words of these lists that are vocabulary too: as marks they count only where they are written as marks."""


@cache
def listed(name: str) -> frozenset[str]:
    """The entries of one list, as written."""
    text = (files("isocentre.core.deid.clean") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


@cache
def words(kind: str) -> frozenset[str]:
    """Every word, in lower case, that an attribute of this kind keeps."""
    found = {entry.lower() for name in KINDS[kind] for entry in listed(name)}
    found.update(re.findall(r"[^\W_]+", "\n".join(found)))
    return frozenset(found - ((PERSON_MARKS | LABELS | NUMBER_LABELS | PLACES) - USEFUL))


@cache
def makers() -> frozenset[str]:
    """Makers, machines and software that are nothing else, in lower case: a number of four digits may follow."""
    others = {entry.lower() for name in KINDS["description"] if name != "makers" for entry in listed(name)}
    return frozenset(entry.lower() for entry in listed("makers")) - others


@cache
def numbered() -> frozenset[str]:
    """What is a word only with a number written to it (`ph2`, `ss40`)."""
    return listed("numbered")


def is_kernel(word: str) -> bool:
    """Whether a word is a convolution kernel of CT (0018,1210): Br40, Hv38, FC51."""
    return _KERNEL.fullmatch(word) is not None


@cache
def ambiguous() -> frozenset[str]:
    """Words that are vocabulary and a name as well; they go with a name they stand beside."""
    return listed("ambiguous")
