# SPDX-License-Identifier: AGPL-3.0-or-later
"""Directories of hosts, as ``slapcat`` writes them."""

from __future__ import annotations

import base64

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.organisations.models import Membership
from archipel.organisations.moving.reading import read_file
from archipel.organisations.moving.records import Options
from tests import factories
from tests.organisations.moving import imported, problems, read

DIRECTORY = f"""version: 1

# the tree
dn: dc=lescale,dc=example
objectClass: dcObject
dc: lescale

dn: ou=people,dc=lescale,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=nemile,ou=people,dc=lescale,dc=example
objectClass: inetOrgPerson
objectClass: posixAccount
uid: nemile
cn:: {base64.b64encode("Nora Émile".encode()).decode()}
sn: Emile
mail: nora@lavoir.example
mail: nora@home.example
preferredLanguage: fr
userPassword:: {base64.b64encode(b"{SSHA}j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ").decode()}
jpegPhoto:: {base64.b64encode(bytes(range(256))).decode()}
memberOf: cn=lavoir,ou=groups,dc=lescale,dc=example
description: a line that is folded
  over two

dn: uid=odiallo,ou=people,dc=lescale,dc=example
objectClass: inetOrgPerson
uid: odiallo
givenName: Omar
sn: Diallo
mail: omar@lavoir.example
memberOf: cn=gone,ou=groups,dc=lescale,dc=example

dn: uid=nomail,ou=people,dc=lescale,dc=example
objectClass: inetOrgPerson
uid: nomail
cn: No Mail

dn: cn=lavoir,ou=groups,dc=lescale,dc=example
objectClass: groupOfNames
cn: Le Lavoir
owner: uid=nemile,ou=people,dc=lescale,dc=example
member: UID=nemile, ou=people, dc=lescale, dc=example
member: uid=odiallo,ou=people,dc=lescale,dc=example
member: uid=gone,ou=people,dc=lescale,dc=example

dn: cn=posix,ou=groups,dc=lescale,dc=example
objectClass: posixGroup
cn: Le Phare
memberUid: odiallo

dn: uid=change,ou=people,dc=lescale,dc=example
changetype: modify
replace: mail
mail: x@y.example

this is no entry
"""


def line_of(words):
    return DIRECTORY[: DIRECTORY.index(words)].count("\n") + 1


def test_directory_is_read_with_its_lines():
    nora, omar, nomail = (line_of(f"dn: uid={name}") for name in ("nemile", "odiallo", "nomail"))
    lavoir, posix = line_of("dn: cn=lavoir"), line_of("dn: cn=posix")
    found = read_file(DIRECTORY.encode(), "d.ldif", Options(applications=("nextcloud",)))
    said = [(record.kind, record.line, record.get("email") or record.get("reference")) for record in found.records]
    assert said == [
        ("organisation", lavoir, "cn=lavoir,ou=groups,dc=lescale,dc=example"),
        ("organisation", posix, "cn=posix,ou=groups,dc=lescale,dc=example"),
        ("person", nora, "nora@lavoir.example"),
        ("name", nora, "nora@lavoir.example"),
        ("person", omar, "omar@lavoir.example"),
        ("name", omar, "omar@lavoir.example"),
        ("role", lavoir, "nora@lavoir.example"),
        ("role", lavoir, "omar@lavoir.example"),
        ("role", posix, "omar@lavoir.example"),
    ]
    assert [(one.line, one.code, one.left_out) for one in found.problems] == [
        (line_of("dn: uid=change"), "change_of_directory", True),
        (line_of("this is no"), "broken_entry", True),
        (nomail, "cell_missing", True),
        (lavoir, "member_unknown", False),
        (omar, "group_unknown", False),
    ]


def test_directory_is_brought_in(db):
    batch = imported({"d.ldif": DIRECTORY}, applications=["Nextcloud"])
    nora = Person.objects.get(email="nora@lavoir.example")
    rows = Membership.objects.order_by("organisation__name", "person__name")
    assert (nora.name, nora.password.split("$")[0], sorted(identity.confirmed_addresses_of(nora))) == (
        "Nora Émile", "wrapped", ["nora@home.example", "nora@lavoir.example"],
    )  # fmt: skip
    assert [(row.organisation.name, row.person.name, row.role) for row in rows] == [
        ("Le Lavoir", "Nora Émile", "referent"),
        ("Le Lavoir", "Omar Diallo", "member"),
        ("Le Phare", "Omar Diallo", "member"),
    ]
    assert identity.account_name(factories.client("Nextcloud"), nora) == "nemile"
    assert len(problems(batch)) == 5


def test_directory_in_latin_1_is_read_all_the_same(db):
    text = "dn: uid=e,dc=x\nobjectClass: inetOrgPerson\ncn: Éloïse\nmail: e@x.example\n"
    batch = read({"d.ldif": text.encode("latin-1")})
    assert (batch.files.get().encoding, problems(batch), batch.records) == ("latin-1", [], 1)


def test_attack_directory_reads_no_file_of_the_machine(db):
    """RFC 2849 lets a value name a file: nobody who gives a directory reads ours."""
    text = "dn: uid=e,dc=x\nobjectClass: inetOrgPerson\nmail: e@x.example\ncn:< file:///etc/hostname\n"
    batch = imported({"d.ldif": text})
    assert (Person.objects.get().name, problems(batch)) == ("e@x.example", [])
