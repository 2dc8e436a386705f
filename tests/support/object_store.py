"""Moto's server as S3: an address, buckets, and the environment by which Isocentre finds it."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest


@contextmanager
def object_store() -> Iterator[str]:
    """The address of a running server."""
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    running.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.stop()


def bucket(endpoint: str) -> str:
    """A new bucket's name."""
    name, host = f"bucket-{os.urandom(4).hex()}", endpoint.removeprefix("http://")
    with closing(http.client.HTTPConnection(host)) as line:
        line.request("PUT", f"/{name}", headers={"Host": host})
        assert line.getresponse().status == 200
    return name


def environment(endpoint: str) -> dict[str, str]:
    """What an operator sets beside ISOCENTRE_BLOBS."""
    return {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-only-secret",
    }  # fmt: skip
