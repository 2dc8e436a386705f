"""Make standard.txt and ambiguous.txt of core/deid/clean/words, and put the lists written by hand in order.

Usage: python scripts/make_clean_words.py        with faker (MIT) and pydicom installed, in an environment of its own

standard.txt: words of code meanings (PS3.16) and attribute names (PS3.6) that are no person's name. ambiguous.txt:
words of all the lists that are a person's name somewhere. The runtime needs neither faker nor pydicom for this.
"""

from __future__ import annotations

import importlib
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
SURE = """
add age among arch arm asir axel baby back base basic block bones brain cabeza cal canal cap chin cine clear clip
coil colon comment conc contrast cor cord corr cranial day days deep delay diff dis doppler dwi each early echo fat
femur field flow foot hand high ica inf infant kidney kopf lad leber less long low lower made med mets more
oral other over per philips phoenix pons pos post power press prior put rao raw real regs rein resp run sagittal
sans sec series short side signa sim sonata stack star sup symphony the tia tomo trace triphasic unknown vena view
wall water
"""
"""Words that are so much of the trade, or names so rare, that they stay beside a name."""
STANDARD = "# Words of the code meanings of PS3.16 and the attribute names of PS3.6 that are no person's name.\n"
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
    known, ours = names(), set[str]()
    for path in sorted(WORDS.glob("*.txt")):
        if path.stem in MADE:
            continue
        head, entries = listed(path)
        path.write_text(head + "".join(entry + "\n" for entry in entries), encoding="utf-8")
        if path.stem != "structures":
            ours |= {fold(part) for entry in entries for part in re.findall(r"[^\W\d_]+", entry)}
    more = standard() - known - ours
    (WORDS / "standard.txt").write_text(STANDARD + "".join(word + "\n" for word in sorted(more)), encoding="utf-8")
    both = sorted(word for word in ours & known if len(word) > 2 and word not in SURE.split())
    (WORDS / "ambiguous.txt").write_text(AMBIGUOUS + "".join(word + "\n" for word in both), encoding="utf-8")


if __name__ == "__main__":
    main()
