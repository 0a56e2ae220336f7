# SPDX-License-Identifier: AGPL-3.0-or-later
"""S3 storages that fail: real sockets that keep silent, refuse, are full or busy, or close half-way."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.s3 import DELETED_AT_ONCE, S3Store
from archipel.connectors.websites.serving import SitesApplication
from archipel.connectors.websites.store import Changed
from archipel.kernel.outside import RefusedOutside, TryLater
from tests.connectors.websites import servers
from tests.connectors.websites.browsing import Site
from tests.connectors.websites.conftest import a_spec, publish

pytestmark = pytest.mark.server


@contextmanager
def answering(status: int, code: str, *, message: str = "", cut: bool = False) -> Iterator[int]:
    """Answer everything with one error of S3, or promise more bytes than are sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
            self.send_response(status)
            self.send_header("ETag", '"x"')
            self.send_header("Content-Length", str(len(body) + (1000 if cut else 0)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.close_connection = True

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def store_at(port: int) -> S3Store:
    return servers.store_at(port, "websites", timeout=0.3, tries=1)


def test_silent_storage_is_try_later_in_time():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        store = store_at(deaf.getsockname()[1])
        started = time.monotonic()
        for call in (lambda: store.get("a/b"), lambda: store.put("a/b", b"x"), lambda: list(store.list("a/"))):
            with pytest.raises(TryLater):
                call()
    assert time.monotonic() - started < 10


def test_storage_that_is_not_there_is_try_later():
    (port,) = servers.free_ports(1)

    with pytest.raises(TryLater):
        store_at(port).get("a/b")


def test_storage_that_stops_half_way_is_try_later():
    with answering(200, "x", cut=True) as port:
        store = store_at(port)
        with pytest.raises(TryLater):
            store.get("a/b")
        with store.open("a/b") as content, pytest.raises(TryLater):
            while content.read(10_000):
                pass


@pytest.mark.parametrize(
    ("status", "code", "message", "after"),
    [
        (503, "SlowDown", "", 5),
        (500, "InternalError", "", 5),
        (429, "TooManyRequests", "", 5),
        (507, "InsufficientStorage", "", 300),
        (403, "AccessDenied", "Bucket quota is reached", 300),
    ],
)
def test_busy_or_full_storage_is_try_later(status, code, message, after):
    with answering(status, code, message=message) as port, pytest.raises(TryLater) as later:
        store_at(port).put("a/b", b"x")
    assert later.value.after == after


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "AccessDenied", "forbidden"),
        (403, "SignatureDoesNotMatch", "forbidden"),
        (404, "NoSuchBucket", "unknown"),
        (400, "InvalidRequest", "bad_input"),
    ],
)
def test_refusing_storage_is_refused(status, code, said):
    with answering(status, code) as port, pytest.raises(RefusedOutside) as refused:
        store_at(port).put("a/b", b"x")
    assert refused.value.code == said


def test_health_of_a_site_on_a_silent_storage_is_told():
    (port,) = servers.free_ports(1)

    assert WebsitesConnector(store_at(port), lambda: None).health("space").ok is False  # type: ignore[arg-type,return-value]


def test_storage_without_conditional_writes_is_read_before_it_is_written(moto_port):
    with answering(501, "NotImplemented") as port:
        store = store_at(port)
        with pytest.raises(RefusedOutside):
            store.swap("a/b", b"x", None)
    real = servers.store_at(moto_port, "websites")
    real.ensure_bucket()
    store._client = real._client
    key = f"a/{a_spec().space_id}"

    store.swap(key, b"one", None)
    with pytest.raises(Changed):
        store.swap(key, b"two", None)
    store.swap(key, b"two", store.tag(key))
    assert store.get(key)[0] == b"two"


def test_lists_and_deletions_go_beyond_one_page(moto_port):
    store = servers.store_at(moto_port, "websites")
    store.ensure_bucket()
    prefix = f"{a_spec().space_id}/"
    keys = [f"{prefix}{number:05d}" for number in range(DELETED_AT_ONCE + 5)]
    for key in keys:
        store.put(key, b"")

    assert [found.key for found in store.list(prefix)] == keys
    store.delete(found.key for found in store.list(prefix))
    assert list(store.list(prefix)) == []


@pytest.mark.slow
def test_wrong_key_and_missing_bucket_are_refused(seaweedfs_port):
    with pytest.raises(RefusedOutside) as refused:
        servers.store_at(seaweedfs_port, "websites", secret_key="wrong").put("a/b", b"x")
    assert refused.value.code == "forbidden"
    with pytest.raises(RefusedOutside) as missing:
        servers.store_at(seaweedfs_port, "no-such-bucket").get("a/b")
    assert missing.value.code == "unknown"


def test_sites_are_served_from_s3(moto_port):
    store = servers.store_at(moto_port, "websites")
    store.ensure_bucket()
    spec = a_spec(quota=None)
    websites = WebsitesConnector(store, lambda: datetime.now(UTC))
    websites.open(spec)
    big, page = bytes(range(256)) * 3000, b"<h1>Bonjour</h1>" * 40
    publish(websites, spec.space_id, "v1", {"index.html": page, "big.bin": big})
    site = Site(websites, SitesApplication(store, "sites.example", str), spec.space_id, spec.address)

    assert site.get().body == page
    assert gzip.decompress(site.get(accept_encoding="gzip").body) == page
    assert site.get("/big.bin").body == big
    assert site.get("/big.bin", range="bytes=1000-600000").body == big[1000:600_001]
    assert site.get("/nothing").status == 404
    assert site.get(host="no.sites.example").status == 404
