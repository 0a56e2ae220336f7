# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our routes as Caddy's configuration (https://caddyserver.com/docs/json/): plain functions, nothing is sent here.

One server listens on both ports. A route is one line of one table (the handler ``map``): the name asked for says which
answer is given and its values; the answers themselves are written once. Ten thousand lines cost a request less than a
millisecond and a change less than a second, where as many routes of Caddy's own cost seconds and a gigabyte.
Exact names stand before names below a whole domain. Whoever asks for another name gets a page.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archipel.connectors.websites import pages
from archipel.spaces.ports import Route, Upstream, digest_of_route

SERVER = "archipel"
TABLE, POOLS, TLS = "archipel-names", "archipel-pools", "archipel-tls"
# What a line of the table says, in this order: which answer, and the values that some answers need.
COLUMNS = ("answer", "dial", "asked", "moved", "before", "after", "digest")
APPLICATION, MOVED, HELD, AWAY = "application", "moved", "held", "away"
# What a visitor could write to pretend something to the applications; Caddy itself replaces X-Forwarded-For, -Proto and -Host.
PRETENDED = (
    "Forwarded", "Proxy", "X-Real-Ip", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Scheme", "X-Forwarded-Server",
    "X-Forwarded-Ssl", "X-Forwarded-User", "X-Original-Url", "X-Rewrite-Url", "X-Script-Name", "True-Client-Ip", "Client-Ip",
    "X-Client-Ip", "X-Cluster-Client-Ip", "X_Forwarded_*",
)  # fmt: skip
# A connection that stays open (WebSocket) outlives a change of the configuration by so long.
STREAMS_OUTLIVE = "1h"
_ADDRESS = "the-name-that-was-asked.invalid"
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


@dataclass(frozen=True)
class Standing:
    """How the proxy stands: on which addresses and ports, who gives certificates (``acme``, ``internal``, or the address
    of an ACME directory), who is asked whether a name is known, how large a request may be (bytes)."""

    admin: str
    permission_url: str = ""
    issuer: str = "acme"
    email: str = ""
    listen: tuple[str, ...] = ("",)
    http_port: int = 80
    https_port: int = 443
    largest_body: int = 2 * 1024**3
    largest_headers: int = 32 * 1024
    language: str = "fr"


def configuration(standing: Standing, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the whole configuration for these routes."""
    return {
        "admin": {"listen": standing.admin},
        "logging": {"logs": {"default": _LOG}},
        "apps": {
            "http": {
                "http_port": standing.http_port,
                "https_port": standing.https_port,
                "servers": {SERVER: _server(standing, routes, mark_of(standing))},
            },
            "tls": tls(standing, automatic_names(routes)),
            # Caddy would otherwise ask the machine to trust the authority it makes for ``internal``.
            "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
        },
    }


def mark_of(standing: Standing) -> str:
    """Return the ``@id`` by which everything but the routes is known: another version of Archipel, or another setting, has another."""
    said = [_server(standing, (), ""), tls(standing, ()), _LOG]
    return f"archipel-stands-{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]}"


# What Caddy says of a failure names no visitor: neither address, nor headers, nor what was asked after the ``?``.
_LOG = {
    "encoder": {
        "format": "filter",
        "wrap": {"format": "json"},
        "fields": {
            **{
                f"request>{name}": {"filter": "delete"}
                for name in ("remote_ip", "remote_port", "client_ip", "headers", "uri")
            },
            **{name: {"filter": "delete"} for name in ("remote", "remote_ip", "remote_port", "endpoint")},
        },
    }
}


def automatic_names(routes: Iterable[Route]) -> list[str]:
    """Return the names whose certificates are fetched without waiting for a visitor: the host's own, one by one."""
    return sorted({name for route in routes if not route.own for name in route.names if not name.startswith("*.")})


def tls(standing: Standing, names: Sequence[str]) -> dict[str, Any]:
    """Return who gives certificates: at once for ``names``, at the first visit for others that Archipel knows."""
    issuers = [_issuer(standing)]
    policies: list[dict[str, Any]] = [{"subjects": list(names), "issuers": issuers}] if names else []
    found: dict[str, Any] = {
        "@id": TLS,
        "certificates": {"automate": list(names)},
        "automation": {"policies": policies},
    }
    if standing.permission_url:
        policies.append({"on_demand": True, "issuers": issuers})
        asked = {"module": "http", "endpoint": standing.permission_url}
        found["automation"]["on_demand"] = {"permission": asked}
    return found


def _issuer(standing: Standing) -> dict[str, Any]:
    if standing.issuer == "internal":
        return {"module": "internal"}
    place = {} if standing.issuer == "acme" else {"ca": standing.issuer}
    return {"module": "acme", **place, **({"email": standing.email} if standing.email else {})}


def _server(standing: Standing, routes: Sequence[Route], mark: str) -> dict[str, Any]:
    ports = (standing.http_port, standing.https_port)
    return {
        "listen": [f"{address}:{port}" for port in ports for address in standing.listen],
        "protocols": ["h1", "h2", "h3"],
        # Which names have certificates is said in ``tls``, and HTTPS is led to below.
        "automatic_https": {"disable": True},
        "tls_connection_policies": [{}],
        "strict_sni_host": True,
        "max_header_bytes": standing.largest_headers,
        "read_header_timeout": "10s",
        "idle_timeout": "2m",
        "routes": [
            {"handle": [{"@id": mark, "handler": "request_body", "max_size": standing.largest_body}, _table(routes)]},
            {"match": [_answer("")], "handle": [_unknown(standing.language)], "terminal": True},
            {"match": [{"protocol": "http"}], "handle": [_to_https(standing)], "terminal": True},
            {"match": [_answer(APPLICATION)], "handle": [_proxy(["{archipel.dial}"])], "terminal": True},
            {"match": [_answer(MOVED)], "handle": [_moved("{archipel.moved}", standing)], "terminal": True},
            {"match": [_answer(HELD)], "handle": [_held()], "terminal": True},
            {"match": [_answer(AWAY)], "handle": [{"handler": "error", "status_code": 503}], "terminal": True},
            {"handle": [{"@id": POOLS, "handler": "subroute", "routes": pools(routes)}]},
        ],
        "errors": {"routes": _errors(standing.language)},
    }


def _table(routes: Sequence[Route]) -> dict[str, Any]:
    ordered = sorted(routes, key=is_wide)
    return {
        "@id": TABLE,
        "handler": "map",
        "source": "{http.request.host}",
        "destinations": [f"{{archipel.{column}}}" for column in COLUMNS],
        "mappings": [line_of(route) for route in ordered],
        "defaults": [""] * len(COLUMNS),
    }


def is_wide(route: Route) -> bool:
    """Return whether a route stands for every name below a domain."""
    return any(name.startswith("*.") for name in route.names)


def line_of(route: Route) -> dict[str, Any]:
    """Return the line of a route, its digest in the last column."""
    values = {"digest": digest_of_route(route), "asked": route.asked_as, **_values(route)}
    if len(route.names) == 1 and not is_wide(route):
        return {"@id": route.id, "input": route.names[0], "outputs": _row(values, "{http.request.hostport}")}
    names = "|".join(_pattern(name) for name in route.names)
    # In these lines Caddy takes a dollar for a part of the expression (the whole of it is the name), a brace for a brace.
    values = {column: value.replace("$", "$$") for column, value in values.items()}
    return {"@id": route.id, "input_regexp": f"(?i)^(?:{names})$", "outputs": _row(values, "${0}")}


def _row(values: dict[str, str], name_asked: str) -> list[str]:
    filled = {**values, "asked": values["asked"] or name_asked}
    return [filled.get(column, "") for column in COLUMNS]


def _pattern(name: str) -> str:
    wide = name.startswith("*.")
    return (r"[^.]+\." if wide else "") + re.escape(name.removeprefix("*.")).replace(r"\-", "-")


def _values(route: Route) -> dict[str, str]:
    if route.notice is not None:
        before, after = _around_style(pages.held(route.notice))
        return {"answer": HELD, "before": before, "after": after}
    if route.moved_to:
        return {"answer": MOVED, "moved": route.moved_to}
    if not route.upstreams:
        return {"answer": AWAY}
    if len(route.upstreams) == 1:
        return {"answer": APPLICATION, "dial": _dial(route.upstreams[0])}
    return {"answer": pool_id(route.upstreams)}


def digests_in(lines: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the digest of each line of the table as Caddy gives it back; empty for one that somebody else wrote."""
    place = COLUMNS.index("digest")
    return {str(line.get("@id", "")): str((line.get("outputs") or [""] * 9)[place]) for line in lines}


def pool_id(upstreams: Sequence[Upstream]) -> str:
    """Return the name of the answer that spreads requests over these upstreams."""
    said = " ".join(sorted(_dial(one) for one in upstreams))
    return f"pool-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def pool_of(upstreams: Sequence[Upstream]) -> dict[str, Any]:
    """Return that answer."""
    proxy = _proxy(sorted(_dial(one) for one in upstreams))
    return {"@id": pool_id(upstreams), "match": [_answer(pool_id(upstreams))], "handle": [proxy], "terminal": True}


def pools(routes: Iterable[Route]) -> list[dict[str, Any]]:
    """Return the answers that routes with several upstreams need, each once."""
    found = {pool_id(route.upstreams): route.upstreams for route in routes if needs_pool(route)}
    return [pool_of(found[name]) for name in sorted(found)]


def needs_pool(route: Route) -> bool:
    """Return whether a route spreads requests over several upstreams."""
    return len(route.upstreams) > 1 and route.notice is None and not route.moved_to


def _answer(name: str) -> dict[str, Any]:
    return {"vars": {"{archipel.answer}": [name]}}


def _to_https(standing: Standing) -> dict[str, Any]:
    return {**_moved("{http.request.host}", standing), "status_code": 308}


def _moved(name: str, standing: Standing) -> dict[str, Any]:
    port = "" if standing.https_port == 443 else f":{standing.https_port}"
    location = f"https://{name}{port}{{http.request.uri}}"
    headers = {"Location": [location], "Cache-Control": ["no-store"]}
    return {"handler": "static_response", "status_code": 307, "headers": headers}


def _proxy(dials: Sequence[str]) -> dict[str, Any]:
    request = {
        "delete": list(PRETENDED),
        "set": {
            "Host": ["{archipel.asked}"],
            # Hosts in France keep from where something was published, source port included (decree 2021-1362).
            "X-Forwarded-Port-Client": ["{http.request.remote.port}"],
        },
    }
    several = len(dials) > 1
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": dial} for dial in dials],
        "transport": {"protocol": "http", "dial_timeout": "5s", "compression": False},
        "headers": {"request": request},
        "load_balancing": {
            "selection_policy": {"policy": "random"},
            "try_duration": "5s",
            "try_interval": "250ms",
        },
        # One alone is never left out: that would only make a short fault longer.
        **({"health_checks": {"passive": {"fail_duration": "10s", "max_fails": 1}}} if several else {}),
        "stream_close_delay": STREAMS_OUTLIVE,
    }


def _dial(upstream: Upstream) -> str:
    return f"[{upstream.host}]:{upstream.port}" if ":" in upstream.host else f"{upstream.host}:{upstream.port}"


def _unknown(language: str) -> dict[str, Any]:
    # A Host header cannot hold a sign that HTML gives a meaning to but ``&`` and ``'``, harmless in a text.
    before, after = _around_style(pages.unknown(_ADDRESS, language))
    return _page(404, f"{before}{_style()}{after}".replace(_ADDRESS, "{http.request.host}"))


def _held() -> dict[str, Any]:
    return _page(503, f"{{archipel.before}}{_style()}{{archipel.after}}", {"Retry-After": ["3600"]})


def _errors(language: str) -> list[dict[str, Any]]:
    # An application that does not answer is said so; other refusals (too large, another name than the certificate's)
    # have their status, and no words of ours.
    before, after = _around_style(pages.trouble(language))
    page = _page("{http.error.status_code}", f"{before}{_style()}{after}", {"Retry-After": ["30"]})
    away = {"expression": "{http.error.status_code} in [502, 503, 504]"}
    return [{"match": [away], "handle": [page], "terminal": True}]


def _page(status: int | str, body: str, headers: dict[str, list[str]] | None = None) -> dict[str, Any]:
    told = {
        "Content-Type": ["text/html; charset=utf-8"],
        "Cache-Control": ["no-store"],
        "Content-Security-Policy": [pages.CONTENT_POLICY],
        "X-Robots-Tag": ["noindex"],
        "X-Content-Type-Options": ["nosniff"],
        **(headers or {}),
    }
    return {"handler": "static_response", "status_code": status, "headers": told, "body": body}


def _style() -> str:
    found = _STYLE.search(pages.trouble("fr").decode())
    assert found
    return found.group()


def _around_style(page: bytes) -> tuple[str, str]:
    """Return what stands before and after the style of a page, without braces: Caddy would put its variables there."""
    before, after = _STYLE.split(page.decode(), maxsplit=1)
    return _inert(before), _inert(after)


def _inert(text: str) -> str:
    return text.replace("{", "&#123;").replace("}", "&#125;")


def with_names(found: dict[str, Any], standing: Standing, names: Iterable[str]) -> dict[str, Any] | None:
    """Return what ``tls`` becomes when these names are fetched at once too, None when they are already."""
    known = set((found.get("certificates") or {}).get("automate") or ())
    wanted = known | set(names)
    return None if wanted == known else tls(standing, sorted(wanted))
