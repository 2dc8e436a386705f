"""The hospital side's DICOM Conformance Statement (PS3.2), of what its code speaks and its configuration says."""

from __future__ import annotations

from isocentre.core.deid import explain
from isocentre.core.deid.profile import NAMES, Profile
from isocentre.core.dicom import dictionary
from isocentre.core.trust.document import Document, Section, Table, table
from isocentre.core.trust.facts import Destination, Hospital, Named, PacsFacts

WAYS = {"move": "C-MOVE", "get": "C-GET", "web": "DICOMweb"}
NOT_CONFIGURED = "not in the configuration"
NOT_OFFERED = (
    ("Storage Commitment", "Originals are erased here after days, so a commitment would promise what is not meant: the "
     "gateway is never an archive, and scanners purge what is committed."),
    ("Query/Retrieve as SCP (C-FIND, C-MOVE, C-GET)", "The gateway is no archive: nothing can be fetched from it."),
    ("Modality Worklist", "Nothing here plans or steers scanning."),
    ("Modality Performed Procedure Step (MPPS)", "Nothing here follows an examination while it is made."),
    ("Storage of originals as SCU", "No original is ever sent anywhere. De-identified copies go to the national side, "
     "and to destinations that two people named for a research study."),
    ("STOW-RS, QIDO-RS, WADO-RS on the hospital side", "Scans come by C-STORE, by fetching, or by import."),
    ("DICOM over TLS", "Not offered yet: senders are admitted by AE title and address, within the hospital's network."),
)  # fmt: skip
_UNTOUCHED = frozenset({explain.KEPT, explain.INSIDE, explain.PICTURE})


def hospital(facts: Hospital) -> Document:
    """The whole statement."""
    return Document(
        "DICOM Conformance Statement: Isocentre, hospital side",
        ("Made from the running configuration and the code's own tables. It follows the layout of PS3.2. It holds no "
         "secret and names no patient.",),
        (_overview(facts), _model(facts), _receiving(facts), _fetching(facts), _copying(facts), _negotiation(),
         _configuration(facts),
         _security(facts), _messages(facts), *_annexes(facts)),
    )  # fmt: skip


def _overview(facts: Hospital) -> Section:
    ways = sorted({one.way for one in facts.pacs})
    fetching = ", ".join(WAYS[way] for way in ways) if ways else "no PACS is configured"
    said = facts.spoken
    return Section(
        "1 Overview",
        (f"Isocentre {facts.around.version} receives scans for research in a hospital, de-identifies a copy, and sends "
         f"only that on. It fetches scans from a PACS where that is set up: {fetching}.",),
        (
            table("Network services", ("Service", "User of the service (SCU)", "Provider of the service (SCP)"), (
                ("Verification (C-ECHO)", "Yes, of each PACS and destination", "Yes"),
                ("Storage (C-STORE)", "Yes, of de-identified copies" if _stored(facts) else "No", "Yes"),
                ("Query/Retrieve, Study Root", "Yes, where a PACS is set up", "No"),
            )),
            table("SOP classes accepted", ("SOP class", "UID", "Role"),
                  [(one.name, one.uid, "SCP") for one in said.accepted]),
            _syntaxes("Transfer syntaxes accepted, for each SOP class", said.syntaxes),
            table("Not offered, and why", ("Service", "Why"), NOT_OFFERED),
        ),
    )  # fmt: skip


def _syntaxes(title: str, syntaxes: tuple[Named, ...]) -> Table:
    return table(title, ("Transfer syntax", "UID"), [(one.name, one.uid) for one in syntaxes])


def _model(facts: Hospital) -> Section:
    said = facts.spoken
    return Section(
        "2 Implementation model",
        ("STORAGE-SCP takes associations of admitted senders on one port and keeps what they send. PACS-SCU asks a "
         "PACS and has scans sent for lists that a person made, and asks by night about scans of people enrolled here; "
         "always within the hours and limits that the PACS manager set. "
         "What is kept is de-identified on this computer, and only the de-identified copy is sent on, by STOW-RS. "
         "COPY-SCU hands the same copy to destinations that two people named, by C-STORE or STOW-RS.",),
        (table("Implementation", ("What", "Value"), (
            ("Implementation class UID", said.implementation_class_uid),
            ("Implementation version name", said.implementation_version),
            ("Software version", facts.around.version),
        )),),
    )  # fmt: skip


def _receiving(facts: Hospital) -> Section:
    said = facts.spoken
    return Section(
        "3 Application entity STORAGE-SCP",
        ("It never opens an association. It accepts one of a sender that is admitted by calling AE title and address, "
         "under any called AE title; an AE title of a research study sorts what comes to that research study.",
         "Of each presentation context the first transfer syntax in the sender's order that is accepted here is taken. "
         "Objects are kept as they came, and nothing is changed, converted or coerced in them.",
         "Success is answered when the object is safe on disk and in the ledger. The same object again is success."),
        (
            table("Limits", ("What", "Value"), said.limits),
            table("Association refused", ("Result, source, reason (PS3.8 table 9-21)", "When"), said.rejections),
            table("Status of C-STORE and C-ECHO", ("Status", "Name", "When, and what the sender is to do"),
                  said.statuses),
            table("Reasons in the error comment (0000,0902)", ("Status", "Reason"), (*said.reasons, *facts.reasons)),
        ),
    )  # fmt: skip


def _fetching(facts: Hospital) -> Section:
    said = facts.spoken
    if not facts.pacs:
        return Section("4 Application entity PACS-SCU", ("No PACS is configured, so no association is opened.",))
    tables = [
        table("SOP classes asked for", ("SOP class", "UID", "For"), said.asked),
        table("Keys of C-FIND", ("Level", "Attributes"), said.keys),
    ]
    if any(one.way == "get" for one in facts.pacs):
        names = [(one.name, one.uid) for one in said.get_classes]
        tables += [
            table(
                "Storage classes asked for by C-GET where the PACS does not tell its own", ("SOP class", "UID"), names
            ),
            _syntaxes("Transfer syntaxes asked for by C-GET", said.get_syntaxes),
        ]
    return Section(
        "4 Application entity PACS-SCU",
        ("It opens an association to ask (C-FIND), to have images sent (C-MOVE, C-GET), and to see whether the PACS "
         "answers (C-ECHO). Relational queries are not used. A status other than success, pending or cancelled ends "
         "the request; it is asked again later, and a series that stays short is told to people.",),
        tuple(tables),
    )  # fmt: skip


def _stored(facts: Hospital) -> bool:
    return any(one.way == "store" for one in facts.destinations)


def _copying(facts: Hospital) -> Section:
    title = "5 Application entity COPY-SCU"
    if not facts.destinations:
        return Section(title, ("No destination is in force, so copies go to the national side alone.",))
    return Section(
        title,
        ("It opens one association at a time to a destination, and asks for the SOP class and transfer syntax of what "
         "it hands over. What goes is to the byte what the national side acknowledged, or it does not go. A status "
         "other than success or warning is told to people; while the destination only is away, it is tried again.",),
        (table("Destinations in force", ("Destination", "Research study", "Way", "Where", "Its AE title",
               "Our AE title", "Last day"), [destination(one, facts.around.web_servers)
               for one in facts.destinations]),),
    )  # fmt: skip


def destination(one: Destination, servers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """A destination as it stands in a table."""
    web = one.way == "stow"
    where = dict(servers).get(one.web, NOT_CONFIGURED) if web else f"{one.host}:{one.port}"
    return (one.name, one.research_study, "STOW-RS" if web else "C-STORE", where, one.called_ae, one.calling_ae,
            one.until)  # fmt: skip


def _negotiation() -> Section:
    return Section("6 Extended negotiation", (), (table("Negotiation", ("Item", "Answer"), (
        ("SCP/SCU role selection", "Answered where asked for: we are SCP, never SCU, of storage. As PACS-SCU by C-GET "
         "we ask to be SCP of the storage classes."),
        ("Asynchronous operations window", "Answered where asked for, with 1 and 1: one operation at a time."),
        ("SOP class extended and common extended negotiation", "Not answered."),
        ("User identity", "Not answered: nobody signs in by DICOM."),
    )),))  # fmt: skip


def _configuration(facts: Hospital) -> Section:
    around = facts.around
    titles = [(title, slug) for title, slug in facts.titles]
    where = "this computer only (demonstration)" if around.demo else "all addresses of this computer"
    return Section(
        "7 Configuration",
        (f"DICOM is received on port {around.dicom_port}, on {where}. {len(facts.senders)} senders are admitted.",),
        (
            table("AE titles of research studies", ("AE title to send to", "Research study"), titles),
            table("PACS that are called", ("PACS", "Way", "Address", "Its AE title", "Our AE title", "Sends to",
                  "Hours (London)", "Requests at once", "Images a minute"), [pacs(one, around.web_servers)
                  for one in facts.pacs]),
        ),
    )  # fmt: skip


def pacs(one: PacsFacts, servers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """A PACS as it stands in a table."""
    web = one.way == "web"
    where = dict(servers).get(one.web, NOT_CONFIGURED) if web else f"{one.host}:{one.port}"
    most = str(one.images_a_minute) if one.images_a_minute else "No limit"
    paused = " (paused)" if one.paused else ""
    return (
        f"{one.name}{paused}", WAYS[one.way], where, "" if web else one.ae_title, "" if web else one.calling_ae,
        one.destination if one.way == "move" else "", one.hours, str(one.at_once), most,
    )  # fmt: skip


def _security(facts: Hospital) -> Section:
    return Section(
        "8 Security",
        ("Association level: senders by AE title and address; no DICOM over TLS yet. DICOMweb servers of a PACS are "
         "called by https only (http to this computer alone), with the certificate checked.",
         "Attribute confidentiality: Basic Application Level Confidentiality Profile as de-identifier (PS3.15 annex E) "
         "with the options of the profiles in force (annex A). Every object is searched for identifiers a second time "
         "by other code before it leaves. No encrypted attributes are made: nothing can be re-identified from a copy.",
         "Every association's images, decisions and looks are in an audit trail that is sealed in a chain."),
        (table("Profiles in force", ("Research study", "Profile", "Version", "Dates", "Options (PS3.16 CID 7050)"), [
            (slug, one.name, str(one.version), one.dates, "; ".join(f"{code} {NAMES[code]}" for code in one.options))
            for slug, one in facts.profiles
        ]),),
    )  # fmt: skip


def _messages(facts: Hospital) -> Section:
    hl7 = facts.around.hl7
    if hl7 is None:
        return Section("9 HL7", ("Off: no port is set for HL7 v2 messages.",))
    how = "over TLS, with a certificate of the sender's" if hl7.tls else "without TLS, from this computer only"
    return Section(
        "9 HL7",
        (f"HL7 v2 messages about patient numbers (A18, A34, A37, A40, A43) are taken by MLLP on port {hl7.port}, {how}."
         " Nothing is sent but the acknowledgement.",),
    )  # fmt: skip


def _annexes(facts: Hospital) -> tuple[Section, ...]:
    start = Section(
        "Annex A: objects made",
        ("No object of a kind of our own is made. A copy that is sent on is of the SOP class it came with, with new "
         "UIDs, the pseudonym as Patient ID, and the clinical trial attributes. "
         "What becomes of each attribute under the "
         "profiles in force stands below. Attributes that are kept in every kind of object are left out." if
         facts.profiles else
         "No research study is accepted here yet, so no profile is in force and nothing is sent on.",),
    )  # fmt: skip
    once = {(one.name, one.version): one for _, one in facts.profiles}
    return (start, *(_profile(one) for _, one in sorted(once.items())))


def _profile(profile: Profile) -> Section:
    classes = explain.passing(profile)
    told = explain.everything(profile, classes)
    rows = [(one.attribute.name, one.attribute.code, one.words) for one in told if set(one.top) - _UNTOUCHED]
    safe = "those listed as safe are kept in the form listed (113111)" if 113111 in profile.options else "none is kept"
    return Section(
        f"Annex A: {profile.name} version {profile.version}",
        (f"{profile.title}. SHA-256 {profile.sha256}. Private attributes: {safe}.",),
        (
            table("Kinds of object that are sent on", ("SOP class", "UID"),
                  [(dictionary.uid_name(uid), uid) for uid in classes]),
            table("Attributes altered", ("Attribute", "Tag", "What is done"), rows),
        ),
    )  # fmt: skip
