# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.ports import Service
from archipel.machines.recipes.compose import ServiceRead
from archipel.machines.recipes.findings import Notebook, Place, Unreadable
from archipel.machines.recipes.traefik import Route, names_of_rule, read_labels, route_of
from tests.machines.recipes.folders import noted

HERE = Place("compose.yml", 3)
PORT = "traefik.http.services.s.loadbalancer.server.port"
RULE = "traefik.http.routers.s.rule"


def service(labels: dict[str, str], name: str = "app") -> ServiceRead:
    return ServiceRead(Service(name, "x"), HERE, labels, {}, ())


def said(label: str, value: str = "x") -> list[str]:
    notebook = Notebook(own=False)
    read_labels(service({label: value}), notebook)
    return noted(notebook)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("Host(`a.example`)", ["a.example"]),
        ("Host(`a.example`, `b.example`)", ["a.example", "b.example"]),
        ("Host( `a.example` ,`b.example` )", ["a.example", "b.example"]),
        ("Host(`A.example`) || Host(`b.example`)", ["a.example", "b.example"]),
    ],
)
def test_names_of_a_rule_are_read(rule, names):
    assert names_of_rule(rule, HERE, "k") == names


@pytest.mark.parametrize(
    "rule",
    [
        "Host(`a.example`) && PathPrefix(`/x`)", "HostRegexp(`.*`)", "PathPrefix(`/`)", "Host(a.example)", "", "!Host(`a.example`)",
        "(Host(`a.example`))", "HostSNI(`*`)", "Host(`a.example` `b.example`)", "Host()",
    ],
)  # fmt: skip
def test_a_rule_of_anything_but_names_is_refused(rule):
    with pytest.raises(Unreadable, match="only Host"):
        names_of_rule(rule, HERE, "k")


@pytest.mark.parametrize(
    "name", ["*.example", "example", "a..example", "-a.example", "", "a.example/x", "a" * 64 + ".example"]
)
def test_what_is_no_host_name_is_refused(name):
    with pytest.raises(Unreadable, match="is no host name"):
        names_of_rule(f"Host(`{name}`)", HERE, "k")


def test_labels_become_a_route_and_others_stay_on_the_service():
    notebook = Notebook(own=False)
    one = service(
        {"traefik.enable": "true", RULE: "Host(`a.example`)", PORT: "80", "coop-cloud.s.version": "1.0+2", "org.x": "y"}
    )
    read = {"app": read_labels(one, notebook)}
    assert route_of(read, (one,), notebook) == Route("app", 80, ("a.example",))
    assert (read["app"].version, read["app"].labels) == ("1.0+2", {"org.x": "y"})
    assert noted(notebook) == []


def test_a_service_without_a_rule_has_no_route():
    notebook = Notebook(own=False)
    one = service({PORT: "80"})
    assert route_of({"app": read_labels(one, notebook)}, (one,), notebook) is None
    assert noted(notebook) == []


def test_a_route_without_a_port_is_an_error():
    notebook = Notebook(own=False)
    one = service({RULE: "Host(`a.example`)"})
    assert route_of({"app": read_labels(one, notebook)}, (one,), notebook) is None
    assert noted(notebook) == ["! compose.yml:3 services.app.labels: loadbalancer.server.port is missing"]


def test_a_second_routed_service_is_an_error():
    notebook = Notebook(own=False)
    both = (service({RULE: "Host(`a.example`)", PORT: "80"}), service({RULE: "Host(`b.example`)", PORT: "81"}, "admin"))
    read = {one.service.name: read_labels(one, notebook) for one in both}
    assert route_of(read, both, notebook) == Route("app", 80, ("a.example",))
    assert noted(notebook) == ["! compose.yml:3 services.admin.labels: a second service with a route: a space has one"]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("traefik.http.routers.s.entrypoints", "web-secure"), ("traefik.http.routers.s.tls", "true"),
        ("traefik.http.routers.s.tls.certresolver", "production"), ("traefik.http.routers.s.priority", "9"),
        ("traefik.http.middlewares.s-redirect.headers.SSLHost", "a.example"),
        ("traefik.http.middlewares.s-redirect.headers.SSLForceHost", "true"),
        ("traefik.http.middlewares.s-redirect.redirectscheme.scheme", "https"),
    ],
)  # fmt: skip
def test_names_and_certificates_are_done_by_our_proxy(label, value):
    assert said(label, value) == [
        f"compose.yml:3 services.app.labels.{label}: Archipel's proxy does this for every space"
    ]


@pytest.mark.parametrize(
    "label",
    [
        "traefik.http.middlewares.s-auth.basicauth.usersfile", "traefik.http.middlewares.s.stripprefix.prefixes", "traefik.tcp.routers.s.rule",
        "traefik.udp.services.s.loadbalancer.server.port", "traefik.http.services.s.loadbalancer.sticky", "traefik.http.routers.s.observability",
        "traefik.http.services.s.loadbalancer.server.scheme", "traefik.http.routers.s.tls.options",
    ],
)  # fmt: skip
def test_what_would_change_what_visitors_get_is_an_error(label):
    (found,) = said(label, "https")
    assert found.startswith(f"! compose.yml:3 services.app.labels.{label}: ")


@pytest.mark.parametrize("port", ["0", "65536", "http", "", "-1", "80/tcp"])
def test_a_port_that_is_none_is_an_error(port):
    assert said(PORT, port) == [f"! compose.yml:3 services.app.labels.{PORT}: a port from 1 to 65535 is expected"]


def test_plain_http_to_the_container_is_read():
    assert said("traefik.http.services.s.loadbalancer.server.scheme", "http") == []


def test_labels_for_backups_and_abra_are_said():
    assert said("backupbot.backup.path") == [
        "compose.yml:3 services.app.labels.backupbot.backup.path: Archipel backs every space up in its own way"
    ]
    assert said("coop-cloud.s.timeout", "300") == [
        "compose.yml:3 services.app.labels.coop-cloud.s.timeout: how long to wait, and what to look at, is Archipel's own"
    ]


@pytest.mark.parametrize("asked", ["login@file", "s-login", "s-redirect@docker, login@file", "s-redirect@file"])
def test_a_middleware_that_is_defined_elsewhere_is_an_error(asked):
    notebook = Notebook(own=False)
    one = service(
        {
            RULE: "Host(`a.example`)",
            PORT: "80",
            "traefik.http.routers.s.middlewares": asked,
            "traefik.http.middlewares.s-redirect.headers.SSLForceHost": "true",
        }
    )
    route_of({"app": read_labels(one, notebook)}, (one,), notebook)
    (found,) = [line for line in noted(notebook) if line.startswith("!")]
    assert found == (
        f"! compose.yml:3 services.app.labels.traefik.http.routers.s.middlewares: the middleware {asked.split(', ')[-1]} "
        "is defined elsewhere: what it does is not known, and not done"
    )


@pytest.mark.parametrize("asked", ["s-redirect", "S-Redirect@docker", "s-redirect@swarm"])
def test_a_middleware_that_is_defined_here_is_looked_at_there(asked):
    notebook = Notebook(own=False)
    labels = {
        "traefik.http.routers.s.middlewares": asked,
        "traefik.http.middlewares.s-redirect.headers.SSLForceHost": "true",
    }
    one = service(labels)
    route_of({"app": read_labels(one, notebook)}, (one,), notebook)
    assert [line for line in noted(notebook) if line.startswith("!")] == []


def test_a_second_port_of_a_service_is_an_error():
    notebook = Notebook(own=False)
    admin = "traefik.http.services.s-admin.loadbalancer.server.port"
    labels = {RULE: "Host(`a.example`)", PORT: "80", admin: "9000"}
    read = read_labels(service(labels), notebook)
    assert read.port == 80
    assert noted(notebook) == [f"! compose.yml:3 services.app.labels.{admin}: a second port: a space is led to one"]


def test_a_service_that_traefik_leaves_alone_faces_nobody():
    notebook = Notebook(own=False)
    one = service({"traefik.enable": "false", RULE: "Host(`a.example`)", PORT: "80"})
    assert route_of({"app": read_labels(one, notebook)}, (one,), notebook) is None
