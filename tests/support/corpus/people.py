"""Invented people: no name, number, place or address here belongs to anybody."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

_FRONT = ["Brath", "Quill", "Thorn", "Marsh", "Pend", "Wex", "Harp", "Ollen", "Dunst", "Farth", "Gorse", "Kemble"]
_BACK = [
    "wickle",
    "feather",
    "quay",
    "whistle",
    "lebury",
    "combeth",
    "swick",
    "gatton",
    "anvale",
    "ingham",
    "mere",
    "over",
]
_GIVEN = [
    "Ottoline",
    "Zebedee",
    "Dorcasia",
    "Peregrin",
    "Isolda",
    "Barnabee",
    "Clementia",
    "Thaddea",
    "Eudorina",
    "Lysandra",
]
_MIDDLE = ["Xanthippe", "Ignatia", "Caspiane", "Wilhelmet", "Florentin"]
_TOWNS = ["Nether Quaybridge", "Ottermouth", "Great Wexcombe", "Pendleworth", "Marshgate Regis"]
_PLACES = ["St Mungred Infirmary", "Ottermouth General", "Wexcombe Royal", "Quaybridge Memorial"]
# Names in other scripts: character set (0008,0005), name as stored, texts that may be nowhere afterwards.
_SCRIPTS = (
    ("ISO_IR 192", "Żółtkiewiczówna^Zdzisława", ("Żółtkiewiczówna", "Zdzisława")),
    ("ISO_IR 100", "Ästhövendörf^Jürgenißa", ("Ästhövendörf", "Jürgenißa")),
    ("ISO_IR 144", "Люкceмбypгский^Владлена", ("Владлена",)),
    ("ISO_IR 126", "Διονυσιοπουλος^Ερμιονη", ("Διονυσιοπουλος", "Ερμιονη")),
    (
        "ISO_IR 192",
        "Yamadarou^Tarounosuke=山田朗^太郎之助=やまだろう^たろうのすけ",
        ("Yamadarou", "Tarounosuke", "太郎之助", "たろうのすけ"),
    ),
    ("ISO_IR 192", "قبانيالدمشقي^نزارالدين", ("قبانيالدمشقي", "نزارالدين")),
    ("ISO_IR 192", "Hong^Gildongee=洪^吉洞義=홍^길동의", ("Gildongee", "吉洞義", "길동의")),
)


@dataclass(frozen=True)
class Person:
    """A patient: DICOM name, texts that may be nowhere, ids, dates and how to reach them."""

    name: str
    texts: tuple[str, ...]
    charset: str
    patient_id: str
    nhs_number: str
    birth: date
    sex: str
    phone: str
    email: str
    address: str
    town: str
    hospital: str
    doctor: str
    accession: str

    @property
    def spoken(self) -> str:
        """The name as people write it in text, in Latin letters."""
        family, _, given = self.name.split("=")[0].partition("^")
        return f"{given.replace('^', ' ').strip()} {family}".strip()


def nhs_number(rng: random.Random) -> str:
    """A number of the 999 range, which is given to nobody, with a right check digit."""
    while True:
        digits = [9, 9, 9, *(rng.randrange(10) for _ in range(6))]
        check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return "".join(map(str, digits)) + str(0 if check == 11 else check)


def person(rng: random.Random) -> Person:
    """One more person; the shape and the script of the name vary."""
    family, given, middle = _surname(rng), rng.choice(_GIVEN), rng.choice(_MIDDLE)
    shapes = [
        (f"{family}^{given}", (family, given)),
        (f"{family.upper()}^{given.upper()}^{middle.upper()}", (family, given, middle)),
        (f"{family}^{given}^{middle}^Dr^", (family, given, middle)),
        (f"{family}-{_surname(rng)}^{given}", (given,)),
        (f"{family} {given}", (family, given)),
        (f"{family.upper()},{given.upper()}", (family, given)),
        (f"o'{family.lower()}^{given.lower()}", (family, given)),
    ]
    charset = "ISO_IR 100"
    if rng.random() < 0.3:
        charset, name, texts = rng.choice(_SCRIPTS)
    else:
        name, texts = rng.choice(shapes)
    age = 90 + rng.randrange(9) if rng.random() < 0.1 else 18 + rng.randrange(70)
    digits = f"{rng.randrange(10**7):07d}"
    return Person(
        name=name,
        texts=texts,
        charset=charset,
        patient_id=rng.choice([f"RXQ{digits}", f"Q{digits[:6]}/{digits[6]}X", f"{digits}QZ"]),
        nhs_number=nhs_number(rng),
        birth=date(2020, 3, 1) - timedelta(days=round(age * 365.25) + rng.randrange(300)),
        sex=rng.choice("MFO"),
        phone=f"01632 96{rng.randrange(10**4):04d}",
        email=f"{given.lower()}.{family.lower()}@example.org",
        address=f"{rng.randrange(2, 98)} {rng.choice(_FRONT)}{rng.choice(_BACK)} Lane",
        town=rng.choice(_TOWNS),
        hospital=rng.choice(_PLACES),
        doctor=f"{_surname(rng)}^{rng.choice(_GIVEN)}",
        accession=f"QA{rng.randrange(10**8):08d}",
    )


def _surname(rng: random.Random) -> str:
    return rng.choice(_FRONT) + rng.choice(_BACK)
