"""Addresses of DICOMweb under /dicomweb (PS3.18 10): one root; the token decides what exists."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from isocentre.rooms.archive import qido, wado
from isocentre.rooms.archive.stow import stow

S, E, I = "studies/<str:study_uid>", "series/<str:series_uid>", "instances/<str:object_uid>"  # noqa: E741 - path parts


@csrf_exempt
def _studies(request: HttpRequest) -> HttpResponseBase:
    return stow(request) if request.method == "POST" else qido.studies(request)


@csrf_exempt
def _study(request: HttpRequest, study_uid: str) -> HttpResponseBase:
    return stow(request, study_uid) if request.method == "POST" else wado.objects(request, study_uid=study_uid)


_studies.isocentre_needs = _study.isocentre_needs = ("images_view", "images_store")  # type: ignore[attr-defined]  # read by the matrix

urlpatterns = [
    path("studies", _studies, name="dicomweb_studies"),
    path("series", qido.series, name="dicomweb_series"),
    path("instances", qido.instances, name="dicomweb_instances"),
    path(S, _study, name="dicomweb_study"),
    path(f"{S}/metadata", wado.metadata, name="dicomweb_study_metadata"),
    path(f"{S}/series", qido.series, name="dicomweb_study_series"),
    path(f"{S}/instances", qido.instances, name="dicomweb_study_instances"),
    path(f"{S}/{E}", wado.objects, name="dicomweb_one_series"),
    path(f"{S}/{E}/metadata", wado.metadata, name="dicomweb_series_metadata"),
    path(f"{S}/{E}/instances", qido.instances, name="dicomweb_series_instances"),
    path(f"{S}/{E}/{I}", wado.objects, name="dicomweb_instance"),
    path(f"{S}/{E}/{I}/metadata", wado.metadata, name="dicomweb_instance_metadata"),
    path(f"{S}/{E}/{I}/frames/<str:numbers>", wado.frames, name="dicomweb_frames"),
    path(f"{S}/{E}/{I}/bulkdata/<path:path>", wado.bulk, name="dicomweb_bulk"),
]
