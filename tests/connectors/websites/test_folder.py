# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import fcntl
import io
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archipel.connectors.websites.building import build_store
from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.folder import STALE_AFTER, FolderStore
from archipel.connectors.websites.s3 import S3Store
from archipel.connectors.websites.store import Changed, Missing
from archipel.kernel.outside import RefusedOutside, TryLater
from tests.connectors.websites.conftest import a_spec, publish, stored


@contextmanager
def files_no_larger_than(size: int):
    """Let the system refuse larger files, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def leftovers(root: Path) -> list[Path]:
    return list((root / "incoming").iterdir())


def test_object_is_replaced_whole_and_leaves_nothing_behind(tmp_path):
    store = FolderStore(tmp_path)
    store.put("a/b", b"one")
    store.put("a/b", io.BytesIO(b"two"))

    assert store.get("a/b")[0] == b"two"
    assert leftovers(tmp_path) == []


def test_swap_asks_for_the_tag_that_was_read(tmp_path):
    store = FolderStore(tmp_path)
    store.swap("a/b", b"one", None)
    _, tag = store.get("a/b")
    store.swap("a/b", b"two", tag)

    for stale in (None, tag, "other"):
        with pytest.raises(Changed):
            store.swap("a/b", b"three", stale)
    assert store.get("a/b")[0] == b"two"


def test_tags_of_quick_changes_all_differ(tmp_path):
    store = FolderStore(tmp_path)
    tags = []
    for _ in range(200):
        store.swap("a/b", b"same", tags[-1] if tags else None)
        tags.append(store.tag("a/b"))

    assert len(set(tags)) == 200


def test_deleting_leaves_no_empty_folder(tmp_path):
    store = FolderStore(tmp_path)
    store.put("spaces/s1/blobs/x", b"x")
    store.put("spaces/s2/blobs/x", b"x")
    store.delete(["spaces/s1/blobs/x", "spaces/s1/blobs/never"])

    assert [path.name for path in (tmp_path / "objects" / "spaces").iterdir()] == ["s2"]


@pytest.mark.parametrize("key", ["../up", "a/../b", "/a", "a//b", "", "a/.hidden", "a b", "é", "a/", "x" * 700])
def test_key_that_is_not_ours_is_a_bug(tmp_path, key):
    with pytest.raises(ValueError, match="not a key of ours"):
        FolderStore(tmp_path).put(key, b"x")


def test_missing_object_is_missing(tmp_path):
    store = FolderStore(tmp_path)

    with pytest.raises(Missing):
        store.get("a/b")
    with pytest.raises(Missing):
        store.open("a/b")
    assert (store.tag("a/b"), store.touch("a/b"), list(store.list("a/"))) == (None, False, [])


def test_full_disk_is_try_later_and_the_site_untouched(tmp_path):
    websites = WebsitesConnector(FolderStore(tmp_path), lambda: datetime.now(UTC))
    spec = a_spec()
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"index.html": b"one"})
    with files_no_larger_than(5000), pytest.raises(TryLater) as later:
        websites.stage_file(spec.space_id, "u2", "big.bin", io.BytesIO(b"x" * 20_000))

    assert (later.value.reason, later.value.after) == ("the disk of websites is full", 300)
    assert leftovers(tmp_path) == []
    assert stored(websites, spec.space_id, "v1") == {"index.html": b"one"}
    publish(websites, spec.space_id, "v2", {"big.bin": b"x" * 20_000})
    assert websites.online(spec.space_id) == "v2"


def test_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RefusedOutside) as refused:
        FolderStore(tmp_path / "file" / "websites")
    assert refused.value.code == "forbidden"


def test_lock_held_by_another_process_is_try_later(tmp_path):
    store = FolderStore(tmp_path, lock_wait=0.05)
    store.swap("a/b", b"one", None)
    (lock,) = (tmp_path / "locks").iterdir()
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TryLater):
            store.swap("a/b", b"two", store.tag("a/b"))
    store.swap("a/b", b"two", store.tag("a/b"))


def test_what_killed_processes_left_is_swept_after_a_day(tmp_path):
    FolderStore(tmp_path)
    for name, age in (("old", STALE_AFTER + 60), ("young", 60)):
        (tmp_path / "incoming" / name).write_bytes(b"half")
        os.utime(tmp_path / "incoming" / name, (time.time() - age,) * 2)
    FolderStore(tmp_path)

    assert [path.name for path in leftovers(tmp_path)] == ["young"]


def test_no_name_of_a_person_reaches_the_disk(tmp_path):
    websites = WebsitesConnector(FolderStore(tmp_path), lambda: datetime.now(UTC))
    spec = a_spec()
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"Très personnel.html": b"x"})

    assert not [path for path in tmp_path.rglob("*") if "personnel" in path.name.lower()]


def test_store_is_a_folder_unless_a_bucket_is_named(tmp_path):
    s3 = {"bucket": "sites", "endpoint": "http://127.0.0.1:9", "access_key": "a", "secret_key": "b", "path_style": "0"}

    assert isinstance(build_store(tmp_path, {}), FolderStore)
    assert isinstance(build_store(tmp_path, {"endpoint": "http://127.0.0.1:9"}), FolderStore)
    assert isinstance(build_store(tmp_path, s3), S3Store)
    assert (tmp_path / "objects").is_dir()


@pytest.mark.kill
@pytest.mark.slow
def test_killed_publications_leave_a_whole_site(tmp_path):
    """A process publishes without end and is killed at any moment, a dozen times."""
    websites = WebsitesConnector(FolderStore(tmp_path), lambda: datetime.now(UTC), grace=-2)
    spec = a_spec(space_id="killed", quota=None)
    websites.open(spec)
    code = (
        "import io, itertools, sys, uuid; from datetime import UTC, datetime; from pathlib import Path\n"
        "from archipel.connectors.websites.connector import WebsitesConnector\n"
        "from archipel.connectors.websites.folder import FolderStore\n"
        "websites = WebsitesConnector(FolderStore(Path(sys.argv[1])), lambda: datetime.now(UTC), grace=-2)\n"
        "for _ in itertools.count():\n"
        "    name = uuid.uuid4().hex\n"
        "    for page in range(5):\n"
        "        websites.stage_file('killed', name, f'{page}.html', io.BytesIO(name.encode()))\n"
        "    websites.publish('killed', name, name)\n"
        "    print(name, flush=True)\n"
    )
    chance, published = random.Random(3), 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env=environment)
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        published += 1 + process.communicate()[0].count(b"\n")

        online = websites.online("killed")
        assert stored(websites, "killed", online) == {f"{page}.html": online.encode() for page in range(5)}
        assert websites.publish("killed", "none", online).version_id == online
    assert published >= 12
