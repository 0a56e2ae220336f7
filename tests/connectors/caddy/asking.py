# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ask a proxy on loopback for a name, over HTTP or TLS, as a visitor would."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass

from tests.connectors.caddy.servers import Caddy


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


def trusting_anybody(protocols: tuple[str, ...] = ("http/1.1",)) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols))
    return context


def trusting(caddy: Caddy) -> ssl.SSLContext:
    """Trust the authority that this very Caddy made, and check names."""
    context = ssl.create_default_context(cafile=str(caddy.folder / "caddy/pki/authorities/local/root.crt"))
    context.set_alpn_protocols(["http/1.1"])
    return context


def connect(caddy: Caddy, name: str, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    raw = socket.create_connection(("127.0.0.1", caddy.standing.https_port), timeout=20)
    return (context or trusting_anybody()).wrap_socket(raw, server_hostname=name)


def ask(caddy: Caddy, name: str, path: str = "/", *, method: str = "GET", body=None, headers=None, sni="") -> Answer:
    """Ask over TLS, twice more when changes of the configuration closed the connection before anything was read.

    A browser opens another connection then; so do we, where what is sent can be sent again.
    """
    for _more in range(2):
        try:
            return _ask(caddy, name, path, method, body, headers, sni)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            if body is not None:
                raise
    return _ask(caddy, name, path, method, body, headers, sni)


def _ask(caddy: Caddy, name: str, path: str, method: str, body, headers, sni: str) -> Answer:
    connection = http.client.HTTPConnection(name)
    connection.sock = connect(caddy, sni or name)
    return _answer(connection, method, path, body, headers)


def ask_plain(caddy: Caddy, name: str, path: str = "/", headers=None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", caddy.standing.http_port, timeout=20)
    return _answer(connection, "GET", path, None, {"Host": name, **(headers or {})})


def _answer(connection, method, path, body, headers) -> Answer:
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()
