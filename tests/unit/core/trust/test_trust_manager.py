"""The firewall sheet has a row for every connection that is configured; the page is of what is in force."""

from __future__ import annotations

from dataclasses import replace

from isocentre.core.trust import conformance, connections, manager
from isocentre.core.trust.document import markdown
from isocentre.core.trust.facts import Destination, Hl7, Hospital, PacsFacts, Sender, Spoken, Surroundings
from isocentre.profiles import load

BARE = Surroundings("0.1", port=8001, dicom_port=11112)
SPOKEN = Spoken("1.2", "V", (), (), (), (), (), (("Longest object", "32 GiB"),), (), (), (), ())
MOVE = PacsFacts("Main", "move", "10.0.0.9", 104, "PACS", "US", "HERE", "", "19:00 to 07:00", 2, 0, False)
FULL = replace(
    BARE, public_url="https://h.example", national_url="https://n.example:8443", database_url="postgresql://db:5432",
    vault_url="http://127.0.0.1:8200", sign_in_url="https://login.example", mail_url="smtp+starttls://mail:587",
    hl7=Hl7(2575, ("10.0.0.5/32", "10.0.0.6/32"), True), web_servers=(("East", "https://east.example"),),
    store_url="https://s3.example:9000",
)  # fmt: skip


def rows(facts: Hospital) -> list[tuple[str, ...]]:
    return [one.cells for one in connections.hospital(facts)]


def test_with_nothing_configured_only_the_pages_on_this_computer() -> None:
    assert [row[:3] for row in rows(Hospital(BARE, SPOKEN))] == [("this computer alone", "this computer", "8001")]


def test_every_connection_of_the_configuration_is_a_row() -> None:
    nodes = (MOVE, replace(MOVE, name="Day", way="get", host="h"), replace(MOVE, name="Web", way="web", web="East"),
             replace(MOVE, name="Gone", way="web", web="West"))  # fmt: skip
    found = rows(Hospital(FULL, SPOKEN, senders=(Sender("MR", "MR1", "10.1.1.1", 4, 60),), pacs=nodes))
    short = {(row[0], row[1], row[2], row[4], row[6]) for row in found}
    here = "this computer"
    assert short == {
        ("MR (10.1.1.1)", here, "11112", "in", "No"), (here, "Main (10.0.0.9)", "104", "out", "No"),
        ("Main (10.0.0.9)", here, "11112", "in", "No"), (here, "Day (h)", "104", "out", "No"),
        (here, "east.example", "443", "out", "Yes"),
        ("10.0.0.5/32", here, "2575", "in", "Yes, with a certificate of the sender's"),
        ("10.0.0.6/32", here, "2575", "in", "Yes, with a certificate of the sender's"),
        (here, "n.example", "8443", "out", "Yes"), (here, "login.example", "443", "out", "Yes"),
        ("people's computers", "the proxy in front of this computer (h.example)", "443", "in", "Yes"),
        ("this computer alone", here, "8001", "on this computer", "No"),
        (here, "db", "5432", "out", "As the database is set"), (here, "mail", "587", "out", "Yes, by STARTTLS"),
        (here, "127.0.0.1", "8200", "on this computer", "No"),
    }  # fmt: skip
    plain = Hospital(replace(BARE, hl7=Hl7(2575, ("127.0.0.1/32",), False)), SPOKEN)
    assert [row[6] for row in rows(plain) if row[2] == "2575"] == ["No"]


STORE = Destination("Core lab", "lungs", "store", "10.0.0.7", 11113, "CORE", "ISOCENTRE", "", "31 March 2027")
STOW = replace(STORE, name="East", way="stow", host="", port=0, called_ae="", calling_ae="", web="East")


def test_where_copies_go_as_well_is_told_in_every_document() -> None:
    facts = Hospital(FULL, SPOKEN, destinations=(STORE, STOW, replace(STOW, name="Gone", web="West")),
                     profiles=(("lungs", load("basic")),))  # fmt: skip
    why = "Sends on de-identified copies of lungs as well, until 31 March 2027"
    found = {(row[1], row[2], row[5]) for row in rows(facts)}
    assert {("Core lab (10.0.0.7)", "11113", why), ("east.example", "443", f"{why} (STOW-RS)")} <= found
    said = text(facts)
    assert "The same copies go to Core lab (lungs), East (lungs), Gone (lungs) as well." in said
    assert "10.0.0.7" in said
    stated = markdown(conformance.hospital(facts))
    assert "| Storage (C-STORE) | Yes, of de-identified copies | Yes |" in stated
    assert "| Core lab | lungs | C-STORE | 10.0.0.7:11113 | CORE | ISOCENTRE | 31 March 2027 |" in stated
    assert "| Gone | lungs | STOW-RS | not in the configuration |  |  | 31 March 2027 |" in stated
    without = markdown(conformance.hospital(replace(facts, destinations=())))
    assert "| Storage (C-STORE) | No | Yes |" in without
    assert "No destination is in force" in without


def test_the_national_side() -> None:
    found = [one.cells for one in connections.national(replace(FULL, national_url="", hl7=None))]
    assert ("hospitals' gateways", "this computer (h.example)", "443") in {row[:3] for row in found}
    assert "s3.example" in {row[1] for row in found}
    assert len(connections.national(BARE)) == 1


def text(facts: Hospital, administrators: tuple[str, ...] = ()) -> str:
    return markdown(manager.page(facts, connections.hospital(facts), administrators))


def test_the_page_says_what_is_configured() -> None:
    node = replace(MOVE, name="Slow", images_a_minute=60)
    facts = Hospital(FULL, SPOKEN, pacs=(MOVE, node), titles=(("TRIAL1", "own"),),
                     profiles=(("own", load("basic", 1)),),
                     erase_days=9, held_days=44)  # fmt: skip
    said = text(facts, ("Sam", "Ada"))
    for words in ("| TRIAL1 | 11112 | own |", "9 days after", "after 44 days", "2 at once; as fast as it sends",
                  "60 images a minute", "own: basic version 1", "to https://n.example:8443. Profiles", "Sam, Ada",
                  "Never writes an original to a PACS", "Storage Commitment", "Longest object"):  # fmt: skip
        assert words in said, words


def test_the_page_of_a_gateway_that_was_just_set_up() -> None:
    said = text(Hospital(BARE, SPOKEN))
    for words in ("any called title is taken", "Nothing: no research study", "No administrator is set up"):
        assert words in said, words
    assert "has not joined yet" in text(Hospital(BARE, SPOKEN, profiles=(("own", load("basic", 1)),)))
