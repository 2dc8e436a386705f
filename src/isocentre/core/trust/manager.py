"""One page for the PACS manager: what this gateway does and never does, what to configure, how to stop it."""

from __future__ import annotations

from isocentre.core.trust import connections
from isocentre.core.trust.conformance import NOT_OFFERED, pacs
from isocentre.core.trust.document import Document, Section, table
from isocentre.core.trust.facts import Hospital

DOES = (
    "Receives scans that scanners and PACS send it by C-STORE, and those that people import.",
    "Asks a PACS only for lists that a person here made, and by night whether scans of people enrolled here are still "
    "of the same patient; within the hours and limits that you set.",
    "De-identifies a copy on this computer, checks it a second time with other code, and sends only that copy to the "
    "national side, and to destinations that two people here named, for research studies that this hospital accepted.",
)
NEVER = (
    "Never writes an original to a PACS, a scanner or anybody. By C-STORE it sends de-identified copies alone, to "
    "destinations that two people here named; those in force stand under Firewall.",
    "Never is an archive: it offers no query or retrieve, and no storage commitment. Keep the original where it is.",
    "Never sends on a name, number, address or other identifier, and no original image.",
    "Never takes anything in from the national side but messages that it asked for; no image comes back.",
)


def page(facts: Hospital, found: tuple[connections.Connection, ...], administrators: tuple[str, ...]) -> Document:
    """The page. `administrators`: names of the people who administer this side: whom to ask."""
    return Document(
        "For the PACS manager",
        ("What this gateway does, what to set up for it, and how to stop it. Made from what is configured now.",),
        (
            Section("What it does", DOES),
            Section("What it never does", NEVER,
                    (table("Not offered, and why", ("Service", "Why"), NOT_OFFERED),)),
            _set_up(facts),
            Section("Limits in force", (), (table("Limits", ("What", "Value"), _limits(facts)),)),
            Section("What is erased when", (
                f"Originals: {facts.erase_days} days after the last decision about them, so after the national side "
                f"said that it has the copy. "
                f"Held scans: rejected after {facts.held_days} days without a decision, then "
                "erased. "
                "What a list asked for: 30 days after the list ended.",)),
            Section("How to stop it", (
                "One PACS: Fetching, PACS and limits, Pause. Nothing more is asked of it, and it goes on where it was.",
                "One sender: Senders, tick it, Withdraw. Its next association is refused.",
                "All of it: stop the service that runs isocentre up on this computer. Senders then find nobody, and "
                "keep what they have; nothing that was answered with success is lost.",)),
            Section("What leaves the hospital, and in what form", (_leaves(facts),)),
            Section("Whom to ask", (_ask(administrators),)),
            Section("Firewall", (f"{len(found)} connections, all TCP. Nothing else is opened or listened for by the "
                                 "configuration in force.",), (connections.sheet(found),)),
        ),
    )  # fmt: skip


def _set_up(facts: Hospital) -> Section:
    titles = [(title, str(facts.around.dicom_port), slug) for title, slug in facts.titles]
    senders = [(one.name, one.ae_title, one.address, str(one.most), f"{one.idle} s") for one in facts.senders]
    words = f"Send to this computer's address, port {facts.around.dicom_port}."
    if not titles:
        words += " No research study has an AE title of its own: any called title is taken."
    return Section(
        "What to configure on scanners and PACS", (words,),
        (
            table("AE titles to send to", ("AE title", "Port", "Research study"), titles),
            table("Senders that are admitted", ("Name", "AE title", "Address", "Connections at once",
                  "Idle ones give way after"), senders),
            table("PACS that are asked", ("PACS", "Way", "Address", "Its AE title", "Our AE title", "Sends to",
                  "Hours (London)", "Requests at once", "Images a minute"),
                  [pacs(one, facts.around.web_servers) for one in facts.pacs]),
        ),
    )  # fmt: skip


def _limits(facts: Hospital) -> tuple[tuple[str, str], ...]:
    each = tuple(
        (f"Asked of {one.name}", f"{one.hours}; {one.at_once} at once; "
         + (f"{one.images_a_minute} images a minute" if one.images_a_minute else "as fast as it sends"))
        for one in facts.pacs
    )  # fmt: skip
    return (*facts.spoken.limits, *each)


def _leaves(facts: Hospital) -> str:
    if not facts.profiles:
        return "Nothing: no research study is accepted here yet."
    each = "; ".join(f"{slug}: {one.name} version {one.version}, dates {one.dates}" for slug, one in facts.profiles)
    where = facts.around.national_url or "the national side, which this gateway has not joined yet"
    also = ", ".join(f"{one.name} ({one.research_study})" for one in facts.destinations)
    as_well = f" The same copies go to {also} as well." if also else ""
    return (
        f"De-identified copies under a pseudonym, and messages of counts, to {where}.{as_well} "
        f"Profiles in force: {each}."
    )


def _ask(administrators: tuple[str, ...]) -> str:
    if not administrators:
        return "No administrator is set up on this side yet."
    return f"The administrators of this side: {', '.join(administrators)}."
