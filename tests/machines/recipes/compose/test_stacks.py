# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.recipes.compose import StackRead, read_stack
from archipel.machines.recipes.compose.reading import ConfigRead
from archipel.machines.recipes.findings import Notebook
from tests.machines.recipes.folders import noted, tree

SERVICES = "services: {app: {image: x}}\n"


def read(text: str, *, own: bool = False, services: str = SERVICES) -> tuple[StackRead, list[str]]:
    notebook = Notebook(own=own)
    stack = read_stack(
        tree(text + services),
        notebook=notebook,
        name="s-1",
        values={},
        files={"a.conf": b"content", "sub/b.conf": b"other"},
    )
    return stack, noted(notebook)


def test_volumes_networks_and_secrets_are_those_defined():
    stack, said = read(
        "version: '3.8'\nvolumes: {b: , a: {}}\nnetworks: {inside: {driver: overlay}, front: {external: true, name: archipel-front}}\n"
        "secrets: {key: {external: true}}\nconfigs: {conf: {file: ./a.conf}, other: {file: sub/b.conf, template_driver: golang}}\n"
    )
    assert said == []
    assert (stack.volumes, stack.secrets, stack.shared_networks) == (("a", "b"), ("key",), ("archipel-front",))
    # A service that names no network stands on the stack's default one.
    assert stack.networks == ("default", "inside")
    assert stack.configs == {
        "conf": ConfigRead(b"content", "a.conf", template=False),
        "other": ConfigRead(b"other", "sub/b.conf", template=True),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: '2'\n", "version: 3.8 is expected"),
        ("volumes: {a: {external: true}}\n", "volumes.a: a volume of its own is expected, not an external one"),
        ("volumes: {a: {driver: nfs}}\n", "volumes.a.driver: a volume is a folder of the machine, an own network an overlay, without options"),
        ("volumes: {a: {driver_opts: {}}}\n", "volumes.a.driver_opts: a volume is a folder of the machine, an own network an overlay, without options"),
        ("volumes: {a b: }\n", "volumes.a b: letters, digits, hyphens and dots are expected, 41 at most"),
        ("volumes: [a]\n", "volumes: a mapping is expected: keys, each with its value"),
        ("secrets: {k: {file: k.txt}}\n", "secrets.k.file: a secret does not stand in a file: external: true is expected"),
        ("secrets: {k: {}}\n", "secrets.k: external: true is expected: secrets are made by Archipel"),
        ("secrets: {k: {external: true, driver: x}}\n", "secrets.k.driver: is no key of Compose 3 that is read here"),
        ("networks: {n: {external: true}}\n", "networks.n: the only network beside the stack's own is archipel-front"),
        ("networks: {n: {external: {name: proxy}}}\n", "networks.n.external: external: true and name: beside it are expected"),
        ("networks: {n: {driver: bridge}}\n", "networks.n.driver: overlay is expected"),
        ("networks: {n: {ipam: {}}}\n", "networks.n.ipam: a volume is a folder of the machine, an own network an overlay, without options"),
        ("configs: {c: {file: no.conf}}\n", "configs.c.file: there is no file no.conf in the recipe"),
        ("configs: {c: {file: ../a.conf}}\n", "configs.c.file: there is no file ../a.conf in the recipe"),
        ("configs: {c: {file: /etc/passwd}}\n", "configs.c.file: there is no file /etc/passwd in the recipe"),
        ("configs: {c: {external: true}}\n", "configs.c.file: is missing: the file it is read from"),
        ("configs: {c: {file: a.conf, template_driver: jinja}}\n", "configs.c.template_driver: golang is expected"),
        ("include: [x]\n", "include: is no key of Compose 3 that is read here"),
    ],
)  # fmt: skip
def test_what_is_defined_wrongly_is_an_error(text, said):
    assert f"! compose.yml:1 {said}" in read(text)[1]


def test_services_are_needed():
    assert read("", services="version: '3.8'\n")[1] == [
        "! compose.yml:1 services: is missing: the services of the stack"
    ]
    assert read("", services="services: {x-shared: {}}\n")[1] == [
        "! compose.yml:1 services: at least one service is expected"
    ]


def test_the_network_of_the_proxy_in_co_op_cloud_is_ours():
    stack, said = read(
        "networks: {proxy: {external: true}}\n", services="services: {app: {image: x, networks: [proxy]}}\n"
    )
    assert stack.services[0].service.networks == stack.shared_networks == ("archipel-front",)
    assert said == ["compose.yml:1 networks.proxy: the proxy's network is archipel-front"]


def test_names_are_ours_and_that_is_said():
    _, said = read("name: x\nsecrets: {k: {external: true, name: y}}\nconfigs: {c: {file: a.conf, name: z}}\n")
    assert [words.partition(": ")[2] for words in said] == [
        "named by Archipel, anew whenever its content changes",
        "named by Archipel, anew whenever its content changes",
        "a stack is named after its space",
    ]


def test_an_older_version_of_compose_is_read_but_not_in_our_own_recipes():
    assert read("version: '3.2'\n")[1] == []
    assert read("version: '3.2'\n", own=True)[1] == [
        "! compose.yml:1 version: “3.9” is expected: 3.8 with a limit of processes"
    ]


def test_all_problems_of_a_file_are_said_at_once():
    _, said = read("volumes: {a: {driver: x}}\n", services="services: {app: {image: '', user: ''}, db: {build: .}}\n")
    assert len([words for words in said if words.startswith("!")]) == 4
