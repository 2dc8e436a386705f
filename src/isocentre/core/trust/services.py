"""The national side's DICOM Conformance Statement: DICOMweb alone (PS3.2, PS3.18)."""

from __future__ import annotations

from isocentre.core.dicomweb.attributes import ABSENT, LEVELS, attributes
from isocentre.core.trust.document import Document, Section, table
from isocentre.core.trust.facts import National

NOT_OFFERED = (
    ("Storage Commitment", "The national side takes de-identified copies only; no sender may purge on its word."),
    ("DIMSE of any kind", "No DICOM port is open: everything goes by https."),
    ("Worklist, MPPS, UPS-RS", "Nothing here plans or steers scanning."),
    ("XML", "Metadata and search answers are JSON."),
    ("Delete", "Images are taken back by the hospital that sent them on, on its own pages."),
    ("Transcoding", "Objects and frames are sent in the transfer syntax they are stored in."),
)  # fmt: skip


def national(facts: National) -> Document:
    """The whole statement."""
    where = facts.around.public_url or f"http://127.0.0.1:{facts.around.port}"
    return Document(
        "DICOM Conformance Statement: Isocentre, national side",
        ("Made from the running configuration and the code's own tables, in the layout of PS3.2. It holds no secret "
         "and names no patient.",),
        (
            Section(
                "1 Overview",
                (f"Isocentre {facts.around.version} keeps de-identified images that hospitals sent on, at "
                 f"{where}/dicomweb.",),
                (table("Services", ("Service", "User", "Provider"), (
                    ("QIDO-RS", "No", "Yes"), ("WADO-RS", "No", "Yes"), ("STOW-RS", "No", "Yes"))),
                 table("Not offered, and why", ("Service", "Why"), NOT_OFFERED)),
            ),
            Section(
                "2 Implementation model",
                ("One origin server. Storing takes every SOP class and transfer syntax, but only an object that passes "
                 "a second check for identifiers; its Patient ID is a pseudonym and it names its research study and "
                 "site. What a token or a person may not see is answered 404, like what does not exist.",),
            ),
            Section("3 DICOMweb services", (), (
                table("Addresses below /dicomweb", ("Method", "Address", "What"), facts.paths),
                table("Limits", ("What", "Value"), facts.limits),
                table("Failure reasons of STOW-RS (0008,1197)", ("Reason", "When"), facts.failures),
            )),
            _search(),
            Section("5 Security", ("A bearer token, or for reading a signed-in person; a gateway's own signed token "
                                   "for STOW-RS. Each look at images is in the audit trail.",)),
            Section("Annex: attributes altered", ("Objects are kept as they came. Under a selection that says so, "
                    "UIDs, labels and dates are shown as it maps them. "
                    "Private attributes are kept where the hospital's "
                    "profile let them pass.",)),
        ),
    )  # fmt: skip


def _search() -> Section:
    rows = [
        (f"{one.keyword} ({one.key[:4]},{one.key[4:]})", level, "never held: always empty" if one.column in ABSENT
         else "always" if one.always else "where asked for")
        for level in LEVELS for one in attributes() if one.level == level
    ]  # fmt: skip
    return Section(
        "4 QIDO-RS",
        ("Matched are text with * and ?, lists of UIDs and of modalities, date and time ranges. A filter on another "
         "attribute is refused, not ignored; fuzzymatching is answered literally, with a warning.",),
        (table("Attributes matched and returned", ("Attribute", "Level", "Returned"), rows),),
    )  # fmt: skip
