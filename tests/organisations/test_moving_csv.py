# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables as spreadsheets write them, right and wrong."""

from __future__ import annotations

from datetime import date

import pytest

from archipel.organisations.models import FormerReference, Membership, Organisation
from archipel.organisations.moving.csv_files import read_csv
from archipel.organisations.moving.reading import read_file
from archipel.organisations.moving.records import Options
from tests import factories
from tests.organisations.moving import imported, planned, problems, read

NAMES = "email;name\nnora@lavoir.example;Éloïse Œuvrard\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (NAMES.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + NAMES.encode(), "utf-8"),
        (NAMES.encode("windows-1252"), "windows-1252"),
        (NAMES.encode("utf-16"), "utf-16"),
        (NAMES.replace("Œ", "O").encode("latin-1"), "latin-1"),
    ],
    ids=["utf-8", "mark", "windows-1252", "utf-16", "latin-1"],
)
def test_encoding_is_found(content, encoding):
    found = read_csv(content, "people.csv")
    assert (found.encoding, found.problems) == (encoding, [])
    assert found.records[0].values["name"].replace("Œ", "O") == "Éloïse Ouvrard"


def test_encoding_that_was_asked_is_used_or_refused():
    assert read_csv(NAMES.encode(), "a.csv", "latin-1").records[0].values["name"].startswith("Ã")
    found = read_file(NAMES.encode("latin-1", "replace"), "a.csv", Options(), "utf-8")
    assert [(one.code, one.line, one.values) for one in found.problems] == [
        ("not_this_encoding", 2, {"encoding": "utf-8"})
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_separator_is_found(sign):
    text = NAMES.replace(";", sign)
    found = read_csv(text.encode(), "a.csv")
    assert (found.separator, found.format, len(found.records)) == (sign, "csv_person", 1)


def test_headings_in_french_any_order_capitals_and_accents():
    text = "Rôle;NOM;Prénom;Courriel;organisation;Login_Nextcloud\nRéférente;Émile;Nora;nora@lavoir.example;lavoir;nemile\n"
    found = read_csv(text.encode(), "a.csv")
    assert [(record.kind, record.values) for record in found.records] == [
        ("person", {"email": "nora@lavoir.example", "name": "Nora Émile"}),
        ("role", {"organisation": "lavoir", "email": "nora@lavoir.example", "role": "Référente"}),
        ("name", {"email": "nora@lavoir.example", "application": "nextcloud", "user_name": "nemile"}),
    ]


def test_lines_are_counted_as_the_file_has_them():
    text = 'email;name\n\n"a@lavoir.example";"Nora\nÉmile"\nno;X\n'
    found = read_csv(text.encode(), "a.csv")
    assert [(record.line, record.values["name"]) for record in found.records] == [(3, "Nora\nÉmile"), (5, "X")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["empty_file"]),
        ("\n \n", ["empty_file"]),
        ("colour;size\nred;3\n", ["unknown_table"]),
        ("email;name;courriel\na@b.example;A;a@b.example\n", ["column_twice"]),
        ('email;name\na@b.example;"A\nc@d.example;C\n', ["broken_line"]),
        ("email;name\na@b.example;A;extra\n", ["too_many_cells"]),
        ("email;name\n;Nobody\n", ["cell_missing"]),
        ("email;name\na@b.example;A\0\n", ["not_a_text"]),
    ],
)  # fmt: skip
def test_broken_tables_say_what_is_wrong(text, codes):
    assert [one.code for one in read_file(text.encode(), "a.csv", Options()).problems] == codes


ORGANISATIONS = [
    ("A;;association;;;;;;", "name", "cell_missing"),
    ("A;X;club;;;;;;", "kind", "unknown_kind"),
    ("A;X;;0123;;;;;", "rna", "invalid_identifier"),
    ("A;X;;;123456789;;;;", "siren", "invalid_identifier"),
    ("A;X;;;;next year;;;", "founded_year", "year"),
    ("A;X;;;;2999;;;", "founded_year", "year"),
    ("A;X;;;;;31/02/2020;;", "member_since", "date"),
    ("A;X;;;;;2020-01-02;2019-01-01;", "member_until", "ends_before"),
    ("A;X;;;;;;;unknown", "archipel_id", "unknown_id"),
    (f"A;{'x' * 161};;;;;;;", "name", "too_long"),
]
HEADING = "reference;name;kind;rna;siren;founded_year;member_since;member_until;archipel_id\n"


@pytest.mark.parametrize(
    ("line", "column", "code"), ORGANISATIONS, ids=lambda value: value if ";" not in str(value) else ""
)
def test_wrong_organisation_is_left_out_and_said(db, line, column, code):
    batch = read({"o.csv": HEADING + "B;Le Phare;;;;;;;\n" + line + "\n"})
    assert (problems(batch), planned(batch)["organisation.created"]) == ([("o.csv", 3, column, code)], 1)


def test_same_reference_number_and_person_count_once(db):
    batch = read(
        {
            "o.csv": "reference;name;rna\nA;X;W294001234\nA;Y;\nB;Z;W 29 4001234\n",
            "p.csv": "email;name;login_git\na@b.example;A;one\nA@B.example;A;two\nc@d.example;C;one\n",
        }
    )
    assert problems(batch) == [
        ("o.csv", 3, "reference", "twice"), ("o.csv", 4, "rna", "twice"), ("p.csv", 3, "email", "twice"),
        ("p.csv", 3, "email", "twice"), ("p.csv", 4, "user_name", "twice"),
    ]  # fmt: skip


def test_organisation_of_the_same_name_is_not_taken_for_the_same(db):
    existing = factories.organisation(name="La Chorale")
    other = factories.organisation(name="La Fanfare", rna="W294001234")
    text = f"reference;name;rna;siren;archipel_id\nA;La Chorale;;;\nB;La Chorale;;;{existing.public_id}\nC;La Fanfare;W294001234;;\n"
    batch = read({"o.csv": text})
    assert problems(batch) == [("o.csv", 2, "name", "same_name")]
    assert (planned(batch)["organisation.adopted"], other.rna) == (2, "W294001234")


def test_numbers_of_two_organisations_are_told(db):
    factories.organisation(name="La Chorale", siren="732829320")
    factories.organisation(name="La Fanfare", rna="W294001234")
    batch = read({"o.csv": "reference;name;rna;siren\nA;X;W294001234;732829320\n"})
    assert problems(batch) == [("o.csv", 2, "siren", "numbers_differ")]


def test_roles_names_and_mail_need_what_they_name(db):
    batch = read(
        {
            "d.csv": "domain;organisation\nlavoir.example;nobody\nnot a domain;\nphare.example;\n",
            "m.csv": "address;email;quota_mb\na@lavoir.example;;\nb@phare.example;x@y.example;\nc@phare.example;;much\nd@phare.example;;\n",
            "n.csv": "email;application;user_name\nx@y.example;git;x\n",
            "r.csv": "organisation;email;role\nnobody;x@y.example;member\nlavoir;x@y.example;boss\n",
            "s.csv": "source;destination\na@lavoir.example;b@c.example\n@phare.example;no\nd@phare.example;d@phare.example\n",
        }
    )
    assert problems(batch) == [
        ("d.csv", 2, "organisation", "unknown_organisation"), ("d.csv", 3, "domain", "domain"),
        ("m.csv", 2, "address", "unknown_domain"), ("m.csv", 3, "email", "unknown_person"), ("m.csv", 4, "quota_mb", "quota"),
        ("n.csv", 2, "email", "unknown_person"),
        ("r.csv", 2, "email", "unknown_person"), ("r.csv", 3, "role", "unknown_role"),
        ("s.csv", 2, "source", "unknown_domain"), ("s.csv", 3, "destination", "invalid_address"), ("s.csv", 4, "destination", "goes_nowhere"),
    ]  # fmt: skip
    assert planned(batch)["mailbox.kept"] == 1


def test_end_of_a_role_that_is_still_to_come_is_planned(db):
    batch = imported(
        {
            "o.csv": "reference;name\nA;La Chorale\n",
            "p.csv": "email;name\na@b.example;A\n",
            "r.csv": "organisation;email;role;until\nA;a@b.example;member;2999-12-31\n",
        }
    )
    assert (problems(batch), batch.counts["role.given"]) == ([], 1)
    assert list(Membership.objects.values_list("ended_at", "last_day")) == [(None, date(2999, 12, 31))]


def test_unknown_hash_lets_the_person_in_and_says_so(db):
    text = "email;name;passphrase_hash;other_emails\na@b.example;A;secret;nonsense x@y.example\n"
    batch = read({"p.csv": text})
    found = {(code, row.left_out) for row in batch.problems.all() for code in [row.code]}
    assert (found, batch.summary["hashes"]) == ({("unknown_hash", False), ("other_address", False)}, {"unknown": 1})


def test_reference_of_a_merged_organisation_leads_to_the_kept_one(db, staff):
    from archipel.organisations import operations

    kept, gone = factories.organisation(name="Kept"), factories.organisation(name="Gone")
    FormerReference.objects.create(reference="G", organisation=gone, created_at=gone.created_at)
    operations.merge_organisations(kept=kept, absorbed=gone, by=staff)
    batch = read({"o.csv": "reference;name\nG;Whatever\n"})
    assert (problems(batch), planned(batch)) == ([], {"organisation.adopted": 1})
    assert Organisation.objects.get(former_references__reference="G") == kept


def test_size_of_a_real_host_is_read_and_brought_in(db, django_assert_max_num_queries):
    """50 domains, 360 mailboxes, 1,600 redirections: read in few questions, whatever their number."""
    domains = "domain\n" + "".join(f"d{place}.example\n" for place in range(50))
    boxes = "address\n" + "".join(f"b{place}@d{place % 50}.example\n" for place in range(360))
    redirections = "source;destination\n" + "".join(
        f"r{place}@d{place % 50}.example;x@y.example\n" for place in range(1600)
    )
    with django_assert_max_num_queries(120):
        batch = read({"d.csv": domains, "m.csv": boxes, "r.csv": redirections})
    assert (problems(batch), batch.records) == ([], 2010)


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("email" * 60_000 + ";name", "broken_line"),
        (";".join(["email", "name", *(f"login_{number}" for number in range(5_000))]), "unknown_table"),
    ],
    ids=["a heading without end", "thousands of columns"],
)
def test_attack_headings_that_no_table_has_are_said_at_once(heading, code):
    found = read_file(f"{heading}\nnora@lavoir.example;x\n".encode(), "a.csv", Options())
    assert (found.records, [one.code for one in found.problems]) == ([], [code])
