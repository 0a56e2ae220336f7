# SPDX-License-Identifier: AGPL-3.0-or-later
"""One contract for the lookup and its fake; the real one asks a real name server on loopback."""

from __future__ import annotations

import socket
import threading
import time

import dns.message
import dns.rcode
import dns.rrset
import pytest

from archipel.connectors.dns.connector import DnsLookup
from archipel.connectors.dns.fake import FakeLookup
from archipel.kernel.outside import TryLater

LONG = "v=DKIM1; k=rsa; p=" + "A" * 300
ZONE = {
    ("lescale.example", "TXT"): ["v=spf1 mx -all", "other"],
    ("key.lescale.example", "TXT"): [LONG],
    ("lescale.example", "MX"): ["courriel.lescale.example"],
    ("courriel.lescale.example", "A"): ["192.0.2.25", "192.0.2.26"],
    ("lescale.example", "CAA"): ['0 issue "letsencrypt.org"', '0 iodef "mailto:a@lescale.example"'],
    ("courriel.lescale.example", "AAAA"): ["2001:db8::25"],
}


class NameServer:
    """Answers UDP questions about ``ZONE``; ``silent`` keeps what it is asked to itself."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.silent = self.failing = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                wire, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if not self.silent:
                self.socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), sender)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        asked = question.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        values = ZONE.get((name, kind), [])
        if self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            answer.answer.append(
                dns.rrset.from_text_list(asked.name, 60, "IN", kind, [_written(kind, v) for v in values])
            )
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _written(kind: str, value: str) -> str:
    if kind == "TXT":
        return " ".join(f'"{value[start : start + 200]}"' for start in range(0, len(value), 200))
    return f"10 {value}." if kind == "MX" else value


@pytest.fixture
def server():
    running = NameServer()
    yield running
    running.socket.close()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.server)])
def lookup(request):
    if request.param == "fake":
        return FakeLookup(ZONE)
    return DnsLookup(["127.0.0.1"], port=request.getfixturevalue("server").port)


@pytest.mark.parametrize(("name", "kind"), list(ZONE))
def test_the_values_of_a_name(lookup, name, kind):
    assert sorted(lookup.records(name, kind)) == sorted(ZONE[(name, kind)])


@pytest.mark.parametrize(
    "name", ["nobody.example", "key.lescale.example", "LESCALE.example.", "a..b", "x" * 70 + ".example"]
)
def test_a_name_without_such_values_gives_none(lookup, name):
    assert lookup.records(name, "AAAA") == []


@pytest.mark.server
def test_a_silent_server_is_tried_later_and_does_not_hold_the_page(server):
    server.silent = True
    begun = time.monotonic()

    with pytest.raises(TryLater):
        DnsLookup(["127.0.0.1"], port=server.port, seconds=0.5).records("lescale.example", "TXT")

    assert time.monotonic() - begun < 3


@pytest.mark.server
def test_a_failing_server_is_tried_later(server):
    server.failing = True

    with pytest.raises(TryLater):
        DnsLookup(["127.0.0.1"], port=server.port, seconds=1).records("lescale.example", "TXT")


def test_a_silent_fake_is_tried_later():
    with pytest.raises(TryLater):
        FakeLookup(silent=True).records("lescale.example", "TXT")
