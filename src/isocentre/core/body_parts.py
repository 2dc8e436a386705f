"""Body parts as headers say them (PS3.3 C.7.6.1.1.1, codes of PS3.16 CID 4031 and annex L), and which lie in which.

Scanners are set up by hand: the same examination says CHEST, THORAX, LUNG or CHEST_TO_PELVIS. Two of these agree
where one of them covers something the other does. A word of no table agrees only with itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# From head to foot, so that "CHEST_TO_PELVIS" covers what lies between; each with what lies in it.
_REGIONS = {
    "HEAD": ("BRAIN", "SKULL", "ORBIT", "FACE", "SINUS", "PITUITARY", "EAR", "JAW"),
    "NECK": ("THYROID", "LARYNX", "CSPINE", "CAROTID"),
    "CHEST": ("LUNG", "HEART", "BREAST", "MEDIASTINUM", "RIB", "STERNUM", "TSPINE", "CLAVICLE"),
    "ABDOMEN": ("LIVER", "KIDNEY", "PANCREAS", "SPLEEN", "GALLBLADDER", "STOMACH", "BOWEL", "ADRENAL", "LSPINE"),
    "PELVIS": ("PROSTATE", "BLADDER", "UTERUS", "OVARY", "RECTUM", "HIP", "SSPINE"),
    "LEG": ("THIGH", "KNEE", "CALF", "ANKLE", "FOOT"),
    "ARM": ("SHOULDER", "HUMERUS", "ELBOW", "FOREARM", "WRIST", "HAND"),
}
_TRUNK = ("HEAD", "NECK", "CHEST", "ABDOMEN", "PELVIS", "LEG")
# Other words for one of them: PS3.16 annex L, and how scanners write it.
_SAME = {
    "THORAX": "CHEST", "THORACIC": "CHEST", "ABD": "ABDOMEN", "ABDO": "ABDOMEN", "ABDOMINAL": "ABDOMEN",
    "PELV": "PELVIS", "PELVIC": "PELVIS", "LUNGS": "LUNG", "CARDIAC": "HEART", "CORONARY": "HEART", "CRANIUM": "SKULL",
    "CEREBRUM": "BRAIN", "NEURO": "BRAIN", "HEPATIC": "LIVER", "RENAL": "KIDNEY", "KIDNEYS": "KIDNEY",
    "MAMMA": "BREAST", "BREASTS": "BREAST", "COLON": "BOWEL", "LEGS": "LEG", "ARMS": "ARM",
    "FEMUR": "THIGH", "HIPS": "HIP", "ORBITS": "ORBIT", "SINUSES": "SINUS", "CERVICALSPINE": "CSPINE",
    "THORACICSPINE": "TSPINE", "LUMBARSPINE": "LSPINE", "SACRUM": "SSPINE", "UPPERARM": "HUMERUS",
}  # fmt: skip
# Several at once, in one word.
_SEVERAL = {
    "CAP": ("CHEST", "ABDOMEN", "PELVIS"), "TAP": ("CHEST", "ABDOMEN", "PELVIS"),
    "CHESTABDPELVIS": ("CHEST", "ABDOMEN", "PELVIS"), "ABDOMENPELVIS": ("ABDOMEN", "PELVIS"),
    "ABDPELVIS": ("ABDOMEN", "PELVIS"), "CHESTABDOMEN": ("CHEST", "ABDOMEN"), "HEADNECK": ("HEAD", "NECK"),
    "NECKCHEST": ("NECK", "CHEST"), "NECKCHESTABDOMEN": ("NECK", "CHEST", "ABDOMEN"),
    "NECKCHESTABDPELV": ("NECK", "CHEST", "ABDOMEN", "PELVIS"), "TORSO": ("CHEST", "ABDOMEN", "PELVIS"),
    "TRUNK": ("CHEST", "ABDOMEN", "PELVIS"), "BODY": ("CHEST", "ABDOMEN", "PELVIS"),
    "EXTREMITY": ("LEG", "ARM"), "WHOLEBODY": tuple(_REGIONS), "WB": tuple(_REGIONS),
    "SPINE": ("CSPINE", "TSPINE", "LSPINE", "SSPINE"),
    "CTSPINE": ("CSPINE", "TSPINE"), "TLSPINE": ("TSPINE", "LSPINE"), "LSSPINE": ("LSPINE", "SSPINE"),
}  # fmt: skip
# SNOMED CT, and the older SNOMED RT codes that PS3.16 table L-1 puts beside them.
CODES = {
    "51185008": "CHEST", "T-D3000": "CHEST", "818981001": "ABDOMEN", "113345001": "ABDOMEN", "T-D4000": "ABDOMEN",
    "816092008": "PELVIS", "12921003": "PELVIS", "T-D6000": "PELVIS", "69536005": "HEAD", "T-D1100": "HEAD",
    "45048000": "NECK", "T-D1600": "NECK", "774007": "HEADNECK", "T-D1000": "HEADNECK", "12738006": "BRAIN",
    "T-A0100": "BRAIN", "89546000": "SKULL", "T-11100": "SKULL", "39607008": "LUNG", "T-28000": "LUNG",
    "80891009": "HEART", "T-32000": "HEART", "76752008": "BREAST", "T-04000": "BREAST", "10200004": "LIVER",
    "T-62000": "LIVER", "64033007": "KIDNEY", "T-71000": "KIDNEY", "15776009": "PANCREAS", "T-65000": "PANCREAS",
    "78961009": "SPLEEN", "T-C3000": "SPLEEN", "41216001": "PROSTATE", "T-92000": "PROSTATE", "89837001": "BLADDER",
    "T-74000": "BLADDER", "24136001": "HIP", "T-15710": "HIP", "72696002": "KNEE", "T-D9200": "KNEE",
    "70258002": "ANKLE", "T-15750": "ANKLE", "56459004": "FOOT", "T-D9700": "FOOT", "85562004": "HAND",
    "T-D8700": "HAND", "74670003": "WRIST", "T-15460": "WRIST", "16982005": "SHOULDER", "T-D2220": "SHOULDER",
    "122494005": "CSPINE", "T-11501": "CSPINE", "122495006": "TSPINE", "T-11502": "TSPINE", "122496007": "LSPINE",
    "T-11503": "LSPINE", "38266002": "WHOLEBODY", "T-D0010": "WHOLEBODY", "416550000": "CHESTABDOMEN",
    "R-FAB55": "CHESTABDOMEN", "416775004": "CHESTABDPELVIS", "R-FAB56": "CHESTABDPELVIS",
    "416949008": "ABDOMENPELVIS", "R-FAB57": "ABDOMENPELVIS", "417437006": "NECKCHEST", "R-FAB52": "NECKCHEST",
    "416152001": "NECKCHESTABDOMEN", "R-FAB53": "NECKCHESTABDOMEN", "416319003": "NECKCHESTABDPELV",
    "R-FAB54": "NECKCHESTABDPELV",
}  # fmt: skip
_FILLERS = frozenset({"AND", "WITH", "THE", "OF", "LEFT", "RIGHT", "L", "R", "UPPER", "LOWER"})


def covers(said: str) -> frozenset[str]:
    """What a body part covers, by name, text or code; nothing for a text that says nothing."""
    words = re.findall(r"[A-Z0-9]+", said.upper())
    whole = _one("".join(words))
    if whole is not None or not words:
        return whole or frozenset()
    named = [word for word in words if word not in _FILLERS and word != "TO"]
    parts = [_one(word) for word in named]
    if not parts or any(part is None for part in parts):
        return frozenset({"".join(words)})
    ends = [_SAME.get(word, word) for word in named]
    if "TO" in words and len(ends) == 2 and set(ends) <= set(_TRUNK):
        first, last = sorted(_TRUNK.index(end) for end in ends)
        parts = [_one(name) for name in _TRUNK[first : last + 1]]
    return frozenset().union(*(part for part in parts if part))


def agree(planned: Iterable[str], said: Iterable[str]) -> bool:
    """Whether something planned covers something the header says; where one of them says nothing, nothing speaks
    against it."""
    mine = frozenset[str]().union(*(covers(one) for one in planned))
    theirs = frozenset[str]().union(*(_coded(one) for one in said))
    return not mine or not theirs or bool(mine & theirs)


def known(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of these codes that are in the table: any other says nothing here."""
    return tuple(code for code in codes if code.strip().upper() in CODES)


def _coded(said: str) -> frozenset[str]:
    return covers(CODES.get(said.strip().upper(), said))


def _one(word: str) -> frozenset[str] | None:
    name = _SAME.get(word, word)
    if name in _REGIONS:
        return frozenset({name, *_REGIONS[name]})
    if name in _SEVERAL:
        return frozenset().union(*(_one(part) or frozenset({part}) for part in _SEVERAL[name]))
    if any(name in inside for inside in _REGIONS.values()):
        return frozenset({name})
    return None
