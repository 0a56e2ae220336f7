# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words of problems, by code: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from archipel.organisations.models import BatchEffect, BatchProblem

WORDS: dict[str, str | Promise] = {
    "empty_file": _("This file is empty."),
    "not_this_encoding": _(
        "This line is not written in %(encoding)s. Choose another encoding, or save the file as UTF-8."
    ),
    "not_a_text": _("This is no text file: save it as CSV, LDIF or JSON."),
    "unknown_table": _(
        "These headings are those of no table that can be imported: %(headings)s. Take the headings of a template."
    ),
    "column_twice": _("This column is there twice: keep one of them."),
    "unknown_column": _("This column is not known: it is passed over."),
    "broken_line": _("From this line on the table cannot be read: a quotation mark is missing, or one is too many."),
    "too_many_cells": _("This line has %(found)s cells, the headings are %(expected)s: is a separator inside a cell?"),
    "cell_missing": _("This cell is empty, and it is needed."),
    "too_long": _("This cell is too long: at most %(most)s signs."),
    "twice": _("The same is already in line %(line)s of %(file)s: only that line counts."),
    "invalid_address": _("This does not look like an e-mail address."),
    "other_address": _("One of the other addresses does not look like an e-mail address: it is passed over."),
    "invalid_identifier": _("This number is not in the form of the register: W and 9 digits (RNA), 9 digits (SIREN)."),
    "invalid_user_name": _("No user can have this name."),
    "unknown_kind": _(
        "“%(value)s” is no legal form known here: association, collective, union, cooperative, company, public body or individual."
    ),
    "unknown_role": _("“%(value)s” is no role known here: referent, treasurer or member."),
    "yes_or_no": _("Write yes or no here."),
    "date": _("“%(value)s” is no date: write 2024-03-31 or 31/03/2024."),
    "year": _("“%(value)s” is no year of the past: write four digits."),
    "ends_before": _("The end comes before the beginning."),
    "domain": _("“%(value)s” is no domain name, such as lavoir.example."),
    "quota": _("Write the size in megabytes, as a whole number."),
    "goes_nowhere": _("An address cannot be redirected to itself."),
    "unknown_hash": _("This passphrase hash is of no known kind: the person will choose a new passphrase."),
    "unknown_organisation": _("No organisation has the reference “%(value)s”, in these files or here."),
    "unknown_person": _("Nobody has this address, in these files or here: add a line to the table of people."),
    "unknown_domain": _(
        "The domain “%(value)s” is not in these files, and not known here: add it to the table of domains."
    ),
    "unknown_id": _("No organisation here has this identifier."),
    "same_name": _(
        "An organisation of this name is already here, and nothing shows that it is the same one. If it is, write its "
        "identifier into the column archipel_id; if not, give the two different names."
    ),
    "numbers_differ": _("The RNA number is that of one organisation here, the SIREN that of another."),
    "host_itself": _("This is the host itself: its facts and its people are changed on the desk, never by an import."),
    "number_taken": _("Another organisation here has this number."),
    "account_unproved": _(
        "An account here has this address, and the file does not say that its reader confirmed it: nothing is given to "
        "anyone. If it was confirmed, write yes into the column confirmed."
    ),
    "account_closed": _("The account of this address is closed."),
    "user_name_taken": _("Another person already has this user name in this application."),
    "domain_of_another": _("This domain already belongs to another organisation here."),
    "mailbox_of_another": _("This mailbox already belongs to another person here."),
    "broken_entry": _("This entry cannot be read."),
    "change_of_directory": _("This is a change, not an entry: export the directory as it is."),
    "member_unknown": _("This member of the group is no person of the file, or has no address: %(member)s."),
    "group_unknown": _("This group is not in the file: %(group)s."),
    "broken_json": _("From this line on the file is no correct JSON."),
    "no_realm": _("This file holds no user and no group of a Keycloak realm."),
    "disabled_user": _("This user is disabled there: no account is opened."),
    "second_factor_stays_behind": _("The second factor of this person stays behind: they set up a new one here."),
}


def words_of(problem: BatchProblem) -> str:
    """Return what is wrong in the active language; a code without words is told as it is."""
    found = WORDS.get(problem.code)
    if found is None:
        return _now("This line was refused (%(code)s).") % {"code": problem.code}
    return str(found) % {name: str(value) for name, value in problem.values.items()}


KIND_WORDS: dict[str, str | Promise] = {
    "organisation": _("Organisations"),
    "person": _("People"),
    "role": _("Roles"),
    "name": _("User names in applications"),
    "domain": _("Mail domains"),
    "mailbox": _("Mailboxes"),
    "redirection": _("Redirections"),
}
OUTCOMES: dict[str, str | Promise] = {
    "created": _("new"),
    "adopted": _("already here"),
    "taken_over": _("account here without proof, given to its reader"),
    "given": _("given"),
    "past": _("over, kept for memory"),
    "already": _("already here"),
    "kept": _("kept"),
    "left_out": _("set aside"),
}
HASHES: dict[str, str | Promise] = {
    "kept": _("kept as it is"),
    "wrapped": _("weak, wrapped in a strong one"),
    "unproved": _("not kept: the address is not confirmed"),
    "unknown": _("not kept: of no known kind"),
    "none": _("none in the file"),
}
WHY: dict[str, str | Promise] = {
    "signed_in": _("the person has signed in since"),
    "changed": _("it was changed since"),
    "used": _("something else here depends on it"),
}


@dataclass(frozen=True)
class CountLine:
    """What an import would do, or did, with one kind of thing: (words of an outcome, how many)."""

    kind: str
    outcomes: tuple[tuple[str, int], ...]


def count_lines(counts: dict[str, int]) -> tuple[CountLine, ...]:
    """Return counts (``person.created``: 3) by kind, in the order in which they are applied."""
    lines = []
    for kind, words in KIND_WORDS.items():
        outcomes = [
            (str(said), counts[f"{kind}.{how}"]) for how, said in OUTCOMES.items() if counts.get(f"{kind}.{how}")
        ]
        if outcomes:
            lines.append(CountLine(str(words), tuple(outcomes)))
    return tuple(lines)


def hash_lines(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return what becomes of the passphrases; nothing when no file held one."""
    if not set(counts) - {"none"}:
        return ()
    return tuple((str(said), counts[how]) for how, said in HASHES.items() if counts.get(how))


def kind_word(kind: str) -> str:
    return str(KIND_WORDS[kind])


def why(effect: BatchEffect) -> str:
    """Return why a thing stayed when its import was undone."""
    return str(WHY.get(effect.kept_because, effect.kept_because))
