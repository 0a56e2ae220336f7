# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.ports import FileIn, HealthCheck, Mount, Service
from archipel.machines.recipes.compose import ServiceRead, read_stack
from archipel.machines.recipes.findings import Notebook
from tests.machines.recipes.folders import noted, tree

TOP = """
volumes: {data: {}, cache: {}}
networks: {inside: {}, front: {external: true, name: archipel-front}}
secrets: {key: {external: true}}
configs: {conf: {file: a.conf}}
version: "3.9"
"""


def read(body: str, *, own: bool = False, name: str = "app") -> tuple[ServiceRead, list[str]]:
    """Read one service whose keys are ``body``, flow style on one line each."""
    lines = "\n".join(f"    {line}" for line in f"image: x:1\n{body}".strip().splitlines())
    notebook = Notebook(own=own)
    stack = read_stack(
        tree(f"services:\n  {name}:\n{lines}\n{TOP}"),
        notebook=notebook, name="s-1", values={"TAKEN": "over"}, files={"a.conf": b"x"},
    )  # fmt: skip
    return stack.services[0], noted(notebook)


def service(body: str) -> Service:
    found, said = read(body)
    assert said == []
    return found.service


def problem(body: str) -> str:
    (words,) = read(body)[1]
    assert words.startswith("! ")
    return words.partition(": ")[2]


def test_a_service_with_every_key_is_read_whole():
    found, said = read("""\
command: serve --port 80
entrypoint: [/entry, "a b"]
environment: {A: one, B: 2, C: "true", D: }
volumes: ["data:/data", "cache:/cache:ro"]
tmpfs: ["/tmp:size=16M", /run]
secrets: [key]
configs: [{source: conf, target: /etc/a.conf, uid: "5", gid: "6", mode: 0440}]
networks: [inside, front]
user: "33:33"
cap_drop: [ALL]
cap_add: [CHOWN, CAP_SETUID]
read_only: true
stop_grace_period: 1m
extra_hosts: ["one:10.0.0.1"]
labels: {org.example: x}
healthcheck: {test: [CMD, look, "-q"], interval: 10s, timeout: 3s, retries: 5, start_period: 1m}
deploy:
  mode: replicated
  replicas: 2
  endpoint_mode: dnsrr
  labels: {org.other: y}
  update_config: {order: start-first}
  placement: {constraints: ["node.labels.site==lyon"]}
  resources:
    limits: {memory: 256M, cpus: "0.5", pids: 100}
    reservations: {memory: 64M}
""")
    assert said == []
    assert found.service == Service(
        name="app",
        image="x:1",
        command=("serve", "--port", "80"),
        entrypoint=("/entry", "a b"),
        environment={"A": "one", "B": "2", "C": "true"},
        mounts=(
            Mount("/data", "data"), Mount("/cache", "cache", read_only=True), Mount("/tmp", size=16 * 1024**2), Mount("/run"),
        ),
        secrets=(FileIn("key", "/run/secrets/key", 0, 0, 0o444),),
        networks=("inside", "archipel-front"),
        replicas=2,
        memory_limit=256 * 1024**2,
        memory_reserved=64 * 1024**2,
        cpus_limit=0.5,
        processes_limit=100,
        health=HealthCheck(("look", "-q"), 10, 3, 5, 60),
        constraints=("node.labels.site==lyon",),
        user="33:33",
        capabilities_dropped=("ALL",),
        capabilities_added=("CHOWN", "CAP_SETUID"),
        read_only=True,
        stop_grace=60,
        start_first=True,
        hosts={"one": "10.0.0.1"},
    )  # fmt: skip
    assert found.configs == (FileIn("conf", "/etc/a.conf", 5, 6, 0o440),)
    assert dict(found.labels) == {"org.example": "x", "org.other": "y"}


def test_what_is_not_said_is_as_compose_has_it():
    assert service("") == Service("app", "x:1", networks=("default",), stop_grace=10.0)


@pytest.mark.parametrize(
    ("image", "fine"),
    [
        ("nginx", True), ("archipel/wordpress:6.1", True), ("registry.example:5000/a/b:1-alpine", True), ("a@sha256:" + "0" * 64, True),
        ("", False), ("a b", False), ("A", False), ("a:", False), ("-x", False), ("a;rm", False),
    ],
)  # fmt: skip
def test_image_must_be_the_name_of_one(image, fine):
    notebook = Notebook(own=False)
    read_stack(tree(f"services:\n  app:\n    image: '{image}'\n"), notebook=notebook, name="s", values={}, files={})
    assert (noted(notebook) == []) is fine


def test_an_image_is_needed():
    notebook = Notebook(own=False)
    read_stack(tree("services:\n  app:\n    user: x\n"), notebook=notebook, name="s", values={}, files={})
    assert noted(notebook) == ["! compose.yml:3 services.app.image: is missing: the image that is started"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("command: run 'two words' $x", ("run", "two words", "$x")),
        ("command: >\n  run\n  -c a=1\n", ("run", "-c", "a=1")),
        ("command: [run, 5, ' ']", ("run", "5", " ")),
        ("command: []", ()),
    ],
)
def test_a_command_is_a_list_or_a_line(line, words):
    assert service(line).command == words


def test_a_command_whose_quote_is_not_closed_is_an_error():
    assert problem("command: run 'x") == "a quote is opened and never closed"


@pytest.mark.parametrize(
    ("lines", "made"),
    [
        ("environment: [A=1, 'B=x=y', TAKEN, ABSENT, C=]", {"A": "1", "B": "x=y", "TAKEN": "over", "C": ""}),
        ("environment: {A: 1, B: 0x10, C: 1.5, D: '1.50', TAKEN: , E: ''}", {"A": "1", "B": "16", "C": "1.5", "D": "1.50", "TAKEN": "over", "E": ""}),
    ],
)  # fmt: skip
def test_environment_is_a_list_or_a_mapping(lines, made):
    assert service(lines).environment == made


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("environment: {A: true}", "put quotes around true and false here: Docker refuses them bare"),
        ("environment: {A: 1.50}", "put quotes around this number, or its digits change when it is read"),
        ("environment: {A: [1]}", "a single word is expected"),
        ("environment: word", "a list is expected"),
    ],
)
def test_a_variable_that_would_change_is_an_error(line, words):
    assert problem(line) == words


def test_our_own_recipes_say_where_a_variable_comes_from():
    assert (
        "! compose.yml:4 services.app.environment.TAKEN: write TAKEN: ${TAKEN}"
        in read("environment: [TAKEN]", own=True)[1]
    )


@pytest.mark.parametrize(
    ("test", "command"),
    [
        ("[CMD, curl, '-f', 'http://x']", ("curl", "-f", "http://x")),
        ("[CMD-SHELL, 'a || b']", ("/bin/sh", "-c", "a || b")),
        ("a || b", ("/bin/sh", "-c", "a || b")),
    ],
)
def test_a_check_is_a_command_or_a_line_for_the_shell(test, command):
    assert service(f"healthcheck: {{test: {test}}}").health == HealthCheck(command, 30, 30, 3, 0)


@pytest.mark.parametrize("test", ["[curl, x]", "[CMD]", "[CMD-SHELL, a, b]", "[]"])
def test_a_check_that_is_none_is_an_error(test):
    assert problem(f"healthcheck: {{test: {test}}}") == "a list that begins with CMD or CMD-SHELL is expected"


@pytest.mark.parametrize("check", ["{disable: true}", "{test: [NONE]}"])
def test_a_check_that_is_off_has_no_command_and_is_not_the_same_as_none(check):
    found, said = read(f"healthcheck: {check}")
    assert found.service.health == HealthCheck((), 30, 30, 3, 0)
    assert said == []
    assert service("").health is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("healthcheck: {test: x, interval: 10}", "“10” is not a duration such as 10s or 1m30s"),
        ("healthcheck: {interval: 10s}", "is missing: the command that looks"),
        ("healthcheck: {test: x, start_interval: 1s}", "is no key of Compose 3 that is read here"),
        ("stop_grace_period: 10", "“10” is not a duration such as 10s or 1m30s"),
        ("read_only: 'yes'", "true or false is expected"),
        ("cap_drop: [all]", "all is no capability, such as CHOWN"),
        ("extra_hosts: [one]", "one is not name:address"),
        ("networks: [other]", "the network other is not defined"),
        ("networks: {inside: {aliases: [x]}}", "is no key of Compose 3 that is read here"),
        ("user: ''", "is empty: some words are expected"),
        ("nonsense: 1", "is no key of Compose 3 that is read here"),
        ("env_file: .env", "write the variables below environment"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_what_is_expected(line, words):
    assert problem(line) == words


@pytest.mark.parametrize(
    ("line", "hosts"), [("extra_hosts: {a: 10.0.0.1}", {"a": "10.0.0.1"}), ("extra_hosts: ['a:::1']", {"a": "::1"})]
)
def test_hosts_are_a_list_or_a_mapping(line, hosts):
    assert service(line).hosts == hosts


def test_networks_may_be_a_mapping():
    assert service("networks: {inside: , front: {}}").networks == ("inside", "archipel-front")


@pytest.mark.parametrize("name", ["App", "-a", "a.b", "a" * 41])
def test_a_service_is_named_like_a_host(name):
    assert read("", name=name)[1] == [
        f"! compose.yml:3 services.{name}: a service is named with small letters, digits and hyphens"
    ]


@pytest.mark.parametrize(
    ("ports", "published"),
    [("['8080:80']", ("80",)), ("['80']", ("80",)), ("['127.0.0.1:8080:80/tcp']", ("80",)), ("[{target: 25, published: 25}]", ("25",))],
)  # fmt: skip
def test_ports_are_told_and_never_opened(ports, published):
    found, said = read(f"ports: {ports}")
    assert (found.published, found.service.published, said) == (published, (), [])
