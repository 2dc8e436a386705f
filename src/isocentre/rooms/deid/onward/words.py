"""Words of sending on elsewhere: states, what is next, a scan's steps, what a person has to do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, Step, WorkItem
from isocentre.core.trust.facts import Destination
from isocentre.rooms.deid.onward import asking_back, naming
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names

NODE_STATES = {
    SendNode.ENTERED: ("Waits for a second person", "orange"), SendNode.CONFIRMED: ("In force", "green"),
    SendNode.ENDED: ("Ended", "grey"), SendNode.REFUSED: ("Refused", "grey"),
}  # fmt: skip
EXPIRED = ("Approval over", "red")
COPY_STATES = {
    OnwardCopy.WAITING: ("Waits", "blue"), OnwardCopy.SENT: ("Sent", "green"), OnwardCopy.FAILED: ("Not sent", "red"),
    OnwardCopy.DROPPED: ("Not to be sent", "grey"),
    OnwardCopy.RECALL_ASKED: ("To be deleted there", "orange"),
    OnwardCopy.DELETED: ("Deleted there, certified", "grey"),
}  # fmt: skip
WAYS = {SendNode.STORE: "DICOM (C-STORE)", SendNode.STOW: "DICOMweb (STOW-RS)"}
OFF = (
    "Off: nothing of this research study is sent anywhere but to the national side. It is switched on by naming a "
    "destination that the approvals of the research study name: one person enters it, another confirms it."
)
SEE_TO = "Whoever enters destinations sees why in the list of copies, and may have it tried again."
LATELY = timedelta(days=14)
"""For how long somebody is asked to see to a copy that was not sent: its original is erased about then."""


def state(node: SendNode) -> tuple[str, str]:
    """(words, tag colour) of a destination today."""
    if node.state == SendNode.CONFIRMED and node.until < timezone.localdate():
        return EXPIRED
    return NODE_STATES[node.state]


def told() -> tuple[Destination, ...]:
    """Destinations in force, as the documents about this gateway tell of them."""
    return tuple(
        Destination(one.name, one.research_study, one.way, one.host, one.port, one.called_ae, one.calling_ae, one.web,
                    formats.date(one.until))
        for one in SendNode.objects.filter(naming.in_force()).order_by("research_study", "name")
    )  # fmt: skip


def where(node: SendNode) -> str:
    """Where it is, in a line."""
    if node.way == SendNode.STOW:
        return f"{node.web}, in the configuration of this side"
    return f"{node.host}:{node.port}, AE title {node.called_ae}, ours {node.calling_ae}"


def facts(node: SendNode) -> list[tuple[str, str]]:
    """Everything people said of it, in rows."""
    rows = [
        ("How copies go", WAYS[node.way]), ("Where", where(node)), ("Approval", node.approval),
        ("Last day", formats.date(node.until)), ("Why", node.reason),
        ("Entered", f"{formats.moment(node.entered_at)} by {names.person(node.entered_by)}"),
        ("Confirmed", f"{formats.moment(node.confirmed_at)} by {names.person(node.confirmed_by)}"
         if node.confirmed_by else "Not yet: nothing is sent there"),
    ]  # fmt: skip
    if node.way == SendNode.STORE:
        rows.append(("Encrypted on the way", "No: TLS for DICOM destinations is not available yet"))
    if node.ended_by:
        ended = f"{formats.moment(node.ended_at)} by {names.person(node.ended_by)}: {node.ended_why}"
        rows.append((NODE_STATES[node.state][0], ended))
    return rows


def counted(by: Actor, node: SendNode) -> list[tuple[str, str]]:
    """Copies in the actor's scope by state, in words."""
    rows = asking_back.visible(by).filter(node=node).order_by().values("state").annotate(n=Count("pk"))
    counts = Counter({one["state"]: one["n"] for one in rows})
    return [(COPY_STATES[one][0], formats.number(counts[one])) for one in COPY_STATES if counts[one]]


def next_of(by: Actor, node: SendNode) -> dict[str, str] | None:
    """What must happen with a destination, and who must act."""
    if node.state == SendNode.ENTERED:
        mine = node.entered_by == by.person
        who = "a colleague who may confirm destinations" if mine or not by.may(naming.CONFIRM) else "you"
        return {
            "text": f"{names.person(node.entered_by)} entered it. Compare it with the approval. Copies go there once a "
            "second person confirms it, also of what was sent on before, as long as its originals are here.",
            "who": who,
        }
    if node.state == SendNode.CONFIRMED and node.last_error:
        return {"text": f"The last try did not work: {node.last_error}. It is tried again by itself."}
    if state(node) == EXPIRED:
        text = (
            "Its approval is over, so nothing more goes there. End it, and enter it anew under the approval in force."
        )
        return {"text": text, "who": "who enters destinations"}
    return None


def steps(scan: intake.Scan) -> list[Step]:
    """One for each destination that copies of a scan went to, or are to go to."""
    copies = OnwardCopy.objects.filter(research_study=scan.first.research_study, study_uid=scan.first.study_uid)
    rows = copies.order_by().values("node__name", "node", "state").annotate(n=Count("pk"), at=Max("sent_at"))
    by_node: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for one in rows:
        by_node.setdefault((one["node__name"], one["node"]), []).append({**one})
    return [_step(name, some) for (name, _), some in sorted(by_node.items())]


def _step(name: str, some: list[dict[str, Any]]) -> Step:
    counts = {one["state"]: one["n"] for one in some}
    at = max((one["at"] for one in some if one["at"]), default=None)
    said = [f"{formats.plural(counts[one], 'image')}: {formats.lower_first(COPY_STATES[one][0])}"
            for one in COPY_STATES if one in counts]  # fmt: skip
    url = f"{reverse('deid:copies')}?node={some[0]['node']}"
    more = {"when": formats.moment(at), "detail": "; ".join(said), "url": url, "link_text": "See the copies"}
    if counts.get(OnwardCopy.RECALL_ASKED):
        return Step("sent_on", f"Sent on to {name} as well, to be deleted there", "failed", **more,
                    next=f"Ask {name} to delete its copies, and record the certificate.")  # fmt: skip
    if counts.get(OnwardCopy.WAITING):
        return Step("sent_on", f"Being sent on to {name} as well", "now", **more, next="Nothing: it goes on by itself.")
    if counts.get(OnwardCopy.FAILED):
        title = f"Not all sent on to {name}" if at else f"Not sent on to {name}"
        return Step("sent_on", title, "failed", **more, next=SEE_TO)
    title = f"Sent on to {name} as well" if at else f"Not sent on to {name}"
    return Step("sent_on", title, "done", **more)


def worklist(actor: Actor) -> list[WorkItem]:
    """Copies to be deleted where they are, destinations to confirm, copies that could not be sent."""
    items = []
    for one in asking_back.waiting(actor):
        words = f"{'copy' if one['images'] == 1 else 'copies'} to be deleted at {one['name']}"
        url = reverse("deid:node_deleted", args=[one["node"]])
        items.append(WorkItem(one["images"], words, url, one["oldest"]))
    mine = naming.waiting_for(actor)
    if mine:
        words = (
            f"{'destination waits' if len(mine) == 1 else 'destinations wait'} for you to confirm as the second person"
        )
        items.append(WorkItem(len(mine), words, reverse("deid:node", args=[mine[0].pk]), mine[0].entered_at))
    if actor.may(naming.ENTER):
        failed = asking_back.visible(actor).filter(
            state=OnwardCopy.FAILED, node__state=SendNode.CONFIRMED, queued_at__gte=timezone.now() - LATELY
        )
        found = failed.aggregate(n=Count("pk"), oldest=Min("queued_at"))
        words = f"{'copy' if found['n'] == 1 else 'copies'} not sent to other destinations"
        url = f"{reverse('deid:copies')}?state={OnwardCopy.FAILED}"
        items.append(WorkItem(found["n"], words, url, found["oldest"]))
    return [item for item in items if item.count]


def backlog() -> list[Figure]:
    """Copies at other destinations, for the status page: beside the ledger, and no part of its sum."""
    there = asking_back.perhaps_there()
    count = there.count()
    if not count:
        return []
    asked = there.filter(state=OnwardCopy.RECALL_ASKED).count()
    note = f"{formats.number(asked)} of them to be deleted there" if asked else ""
    what = "copy" if count == 1 else "copies"
    return [
        Figure(formats.number(count), f"{what} at other destinations, beside the ledger", reverse("deid:copies"), note)
    ]


def of_study(by: Actor, slug: str) -> str:
    """Whether copies of a research study go elsewhere, in a sentence."""
    live = list(naming.visible(by).filter(naming.in_force(), research_study=slug).order_by("name"))
    if live:
        return f"Copies go to {', '.join(one.name for one in live)} as well."
    return OFF
