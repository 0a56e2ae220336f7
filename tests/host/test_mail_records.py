# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archipel.connectors.dns.fake import FakeLookup
from archipel.host import spf
from archipel.host.mail_records import check_mail_records
from tests import factories

DOMAIN, SERVER, ADDRESS = "lescale.example", "smtp.lescale.example", "192.0.2.25"
NAMES: dict[tuple[str, str], list[str]] = {}


def lookup() -> FakeLookup:
    """What the setting names: the names of the test."""
    return FakeLookup(NAMES, silent=("silent", "") in NAMES)


@pytest.fixture
def names(settings, db):
    settings.NAMES_LOOKUP = "tests.host.test_mail_records.lookup"
    NAMES.clear()
    NAMES[(SERVER, "A")] = [ADDRESS]
    yield NAMES
    NAMES.clear()


def key_record(bits: int = 2048) -> str:
    public = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return (
        "v=DKIM1; k=rsa; p="
        + base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    )


def checked(title, selector="mail"):
    rows = check_mail_records(factories.host(dkim_selector=selector), SERVER)
    return next(row for row in rows if row.title == title)


@pytest.mark.parametrize(
    ("records", "tone"),
    [
        ([], "stop"),
        (["google-site-verification=abc"], "stop"),
        (["v=spf1 a:smtp.lescale.example -all"], "ok"),
        (["v=spf1 ip4:192.0.2.0/24 -all"], "ok"),
        (["v=spf1 include:relay.example -all"], "ok"),
        (["v=spf1 redirect=relay.example"], "ok"),
        (["v=spf1 mx -all"], "stop"),
        (["v=spf1 -all"], "stop"),
        (["v=spf1 ip4:nonsense -all"], "stop"),
        (["v=spf1 -all", "v=spf1 +all"], "stop"),
    ],
)
def test_spf_lets_the_server_send_or_not(names, records, tone):
    names[(DOMAIN, "TXT")] = records
    names[("relay.example", "TXT")] = ["v=spf1 ip4:192.0.2.25 -all"]

    assert checked("SPF").tone == tone


def test_without_a_known_server_spf_is_only_seen(names):
    names[(DOMAIN, "TXT")] = ["v=spf1 mx -all"]

    row = check_mail_records(factories.host(), "")[0]

    assert (row.tone, row.observed, row.expected) == ("care", ("v=spf1 mx -all",), "v=spf1 mx -all")


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 ip4:192.0.2.25 -all", "pass"), ("v=spf1 ~all", "softfail"), ("v=spf1 ?all", "neutral"), ("v=spf1", "neutral"),
        ("v=spf1 a mx -all", "fail"), ("v=spf1 a:smtp.lescale.example/24 -all", "pass"), ("v=spf1 mystery -all", "error"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"), ("v=spf1 exists:%{i}.x.example -all", "fail"),
    ],
)  # fmt: skip
def test_the_verdict_of_a_receiver(record, verdict):
    found = spf.verdict(FakeLookup({(DOMAIN, "TXT"): [record], (SERVER, "A"): ["192.0.2.99"]}), DOMAIN, ADDRESS)

    assert found == verdict


def test_ipv6_servers_are_looked_for_too():
    found = FakeLookup(
        {(DOMAIN, "TXT"): ["v=spf1 mx -all"], (DOMAIN, "MX"): [SERVER], (SERVER, "AAAA"): ["2001:db8::25"]}
    )

    assert spf.verdict(found, DOMAIN, "2001:db8::25") == "pass"


def test_records_that_name_each_other_do_not_run_for_ever():
    found = FakeLookup({(DOMAIN, "TXT"): [f"v=spf1 include:{DOMAIN} -all"]})

    assert spf.verdict(found, DOMAIN, ADDRESS) == "error"


@pytest.mark.parametrize(
    ("records", "tone"),
    [([], "stop"), (["v=DKIM1; k=rsa; p="], "stop"), (["v=DKIM1; p=abcd"], "stop"), (["key"], "ok")],
)
def test_dkim_has_a_readable_key_or_not(names, records, tone):
    names[(f"mail._domainkey.{DOMAIN}", "TXT")] = [key_record() if record == "key" else record for record in records]

    assert checked("DKIM").tone == tone


def test_without_a_selector_dkim_asks_for_one(names):
    assert checked("DKIM", selector="").tone == "care"


@pytest.mark.parametrize(
    ("name", "record", "tone"),
    [
        ("_dmarc.lescale.example", "v=DMARC1; p=quarantine", "ok"),
        ("_dmarc.lescale.example", "v=DMARC1; p=none", "care"),
        ("_dmarc.lescale.example", "v=DMARC1", "stop"),
        ("_dmarc.other.example", "v=DMARC1; p=reject", "stop"),
    ],
)
def test_dmarc_turns_forged_mail_away_or_not(names, name, record, tone):
    names[(name, "TXT")] = [record]

    assert checked("DMARC").tone == tone


def test_dmarc_of_the_registered_domain_counts(names):
    names[("_dmarc.lescale.example", "TXT")] = ["v=DMARC1; p=reject"]
    host = factories.host(sender_address="bonjour@courrier.lescale.example")

    row = check_mail_records(host)[2]

    assert (row.name, row.tone) == ("_dmarc.lescale.example", "ok")


def test_answers_need_somewhere_to_arrive(names):
    missing = checked("MX").tone
    names[(DOMAIN, "MX")] = ["mail.lescale.example"]

    assert (missing, checked("MX").tone) == ("stop", "ok")


def test_silent_name_servers_are_no_verdict(names):
    names[("silent", "")] = []

    assert {row.tone for row in check_mail_records(factories.host(dkim_selector="mail"), SERVER)} == {"care"}
