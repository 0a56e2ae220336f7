# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.ports import FileIn, Mount
from tests.machines.recipes.compose.test_services import problem, read, service


@pytest.mark.parametrize(
    ("line", "mount"),
    [
        ("volumes: ['data:/srv']", Mount("/srv", "data")),
        ("volumes: ['data:/srv/']", Mount("/srv", "data")),
        ("volumes: ['data:/srv:ro']", Mount("/srv", "data", read_only=True)),
        ("volumes: ['data:/srv:rw,nocopy']", Mount("/srv", "data")),
        ("volumes: [{type: volume, source: data, target: /srv}]", Mount("/srv", "data")),
        (
            "volumes: [{source: data, target: /srv, read_only: true, volume: {nocopy: true}}]",
            Mount("/srv", "data", read_only=True),
        ),
        ("volumes: [{type: tmpfs, target: /tmp}]", Mount("/tmp")),
        ("volumes: [{type: tmpfs, target: /tmp, tmpfs: {size: 1000}}]", Mount("/tmp", size=1000)),
        ("tmpfs: /tmp", Mount("/tmp")),
        ("tmpfs: ['/tmp:size=1M']", Mount("/tmp", size=1024**2)),
    ],
)
def test_a_mount_is_read_short_and_long(line, mount):
    assert service(line).mounts == (mount,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("volumes: ['./here:/srv']", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("volumes: ['/var/run/docker.sock:/s']", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("volumes: ['~/x:/srv']", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("volumes: [{type: bind, source: /etc, target: /srv}]", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("volumes: [{type: volume, source: /etc, target: /srv}]", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("volumes: [{type: npipe, source: data, target: /srv}]", "the type npipe is not read"),
        ("volumes: [/srv]", "a volume without a name is lost when its container is replaced: name it"),
        ("volumes: [{type: volume, target: /srv}]", "a volume without a name is lost when its container is replaced: name it"),
        ("volumes: ['other:/srv']", "the volume other is not defined at the end of the file"),
        ("volumes: ['data:srv']", "a path inside the container is expected, such as /var/lib/app"),
        ("volumes: ['data:/a/../b']", "a path inside the container is expected, such as /var/lib/app"),
        ("volumes: ['data:/srv:z']", "the option z is not read; ro, rw and nocopy are"),
        ("volumes: [{type: volume, source: data, target: /srv, consistency: cached}]", "is no key of Compose 3 that is read here"),
        ("volumes: ['data:/srv', 'cache:/srv/']", "two mounts stand at /srv"),
        ("volumes: data", "a list is expected"),
        ("tmpfs: ['/tmp:size=big']", "“big” is not a size such as 16M"),
        ("tmpfs: [tmp]", "a path inside the container is expected, such as /var/lib/app"),
        ("secrets: [other]", "other is not defined at the end of the file"),
        ("secrets: [{target: x}]", "a source is not defined at the end of the file"),
        ("secrets: [{source: key, mode: 400}]", "“400” is not a mode in octal such as 0440"),
        ("secrets: [{source: key, uid: root}]", "a whole number is expected"),
        ("secrets: [{source: key, target: ../x}]", "a path inside the container is expected, such as /var/lib/app"),
        ("configs: [{source: conf, owner: x}]", "is no key of Compose 3 that is read here"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_in_is_an_error(line, words):
    assert problem(line) == words


def test_other_options_of_memory_are_said():
    assert read("tmpfs: ['/tmp:size=1M,mode=1777']")[1] == [
        "compose.yml:4 services.app.tmpfs: the option mode of a tmpfs is not read"
    ]


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("secrets: [key]", FileIn("key", "/run/secrets/key", 0, 0, 0o444)),
        ("secrets: [{source: key}]", FileIn("key", "/run/secrets/key", 0, 0, 0o444)),
        ("secrets: [{source: key, target: other, mode: 0400}]", FileIn("key", "/run/secrets/other", 0, 0, 0o400)),
        ("secrets: [{source: key, target: /etc/key, uid: '33', gid: 33}]", FileIn("key", "/etc/key", 33, 33, 0o444)),
    ],
)
def test_a_secret_is_a_file_of_the_container(line, file):
    assert service(line).secrets == (file,)


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("configs: [conf]", FileIn("conf", "/conf", 0, 0, 0o444)),
        ("configs: [{source: conf, target: etc/x, mode: 0555}]", FileIn("conf", "/etc/x", 0, 0, 0o555)),
    ],
)
def test_a_configuration_is_a_file_of_the_container(line, file):
    assert read(line)[0].configs == (file,)
