"""What machines ask: /healthz (alive), /readyz (the canary made the whole way), /metrics (counts for monitoring)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from isocentre.desk import facts
from isocentre.desk.doorway import actor_of
from isocentre.jobs import door, measured
from isocentre.web.problem import problem

WRITES = {
    "held": "From the start of a write transaction to its end",
    "waited": "Until a write transaction could start",
}
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponseBase:
    """200 when this process answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return problem(
            503, "The database does not answer.", next_action="Look at the database, then at isocentre doctor."
        )
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponseBase:
    """200 when ready, else 503 with the phase (design §4)."""
    state = facts.readiness()
    body = {"ready": state.ready, "phase": state.phase, "words": state.words, **_prefixed(state.detail)}
    return JsonResponse(body, status=200 if state.ready else 503)


def _prefixed(detail: dict[str, object]) -> dict[str, object]:
    """Detail that does not overwrite the answer's own keys."""
    return {f"demo_{key}" if key in ("phase", "done", "total") else key: value for key, value in detail.items()}


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponseBase:
    """Prometheus text: this process's metrics, this side's gauges. For this machine, or a person with status_view."""
    actor = actor_of(request)
    local = request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers
    if not local and not (actor is not None and actor.may("status_view")):
        return problem(403, "Metrics are read on this machine, or by a person whose role may see the status.")
    registry = CollectorRegistry()
    registry.register(SideGauges())
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(registry), content_type="text/plain; version=0.0.4")


def write_times() -> Iterator[Metric]:
    """Histograms of the write transactions of this side by process: what each told with its last beat, and this one's
    own, for a web process has no beat."""
    told = {**door.write_times(), f"web-{os.getpid()}": measured.told()}
    for kind, words in WRITES.items():
        family = HistogramMetricFamily(f"isocentre_write_transaction_{kind}_seconds", words, labels=["zone", "process"])
        for process, times in sorted(told.items()):
            one = times[kind]
            family.add_metric([settings.ZONE, process], measured.buckets(one["counts"]), one["sum"])
        yield family


class SideGauges:
    """Counts of this side, read at each scrape; no label names a research study, a site or a person."""

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        now = timezone.now()
        beats = GaugeMetricFamily("isocentre_process_beat_age_seconds", "Since its last beat", labels=["process"])
        for process in facts.processes(now):
            beats.add_metric([process.name], (now - process.at).total_seconds())
        yield beats
        waits = GaugeMetricFamily("isocentre_backlog", "What waits", labels=["kind"])
        for kind, count in facts.backlog().items():
            waits.add_metric([kind], count)
        yield waits
        yield from write_times()
        yield GaugeMetricFamily("isocentre_ready", "1 when ready", value=float(facts.readiness(now).ready))
        yield GaugeMetricFamily("isocentre_disk_free_bytes", "Free under the data folder", value=facts.disk()["free"])
