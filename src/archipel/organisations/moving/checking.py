# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each record must be by itself and beside the others: values are cleaned, problems named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from archipel.identity import hashes
from archipel.identity.addresses import clean_address
from archipel.identity.folding import fold
from archipel.identity.user_names import clean_application, clean_user_name
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.organisations.identifiers import clean_rna, clean_siren
from archipel.organisations.models import Kind, Role
from archipel.organisations.moving.csv_files import several
from archipel.organisations.moving.records import Options, Problem, Record

YES, NO = {"yes", "y", "oui", "o", "true", "vrai", "1", "x"}, {"no", "n", "non", "false", "faux", "0", ""}
FIRST_YEAR = 1600
REFERENCE, NAME = 255, 160
_DAY = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_DOMAIN = re.compile(r"^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
_KINDS = {
    "association": Kind.ASSOCIATION, "asso": Kind.ASSOCIATION, "association loi 1901": Kind.ASSOCIATION,
    "collective": Kind.COLLECTIVE, "collectif": Kind.COLLECTIVE, "union": Kind.UNION, "syndicat": Kind.UNION,
    "cooperative": Kind.COOPERATIVE, "scop": Kind.COOPERATIVE, "scic": Kind.COOPERATIVE, "company": Kind.COMPANY,
    "entreprise": Kind.COMPANY, "societe": Kind.COMPANY, "public_body": Kind.PUBLIC_BODY,
    "public body": Kind.PUBLIC_BODY, "collectivite": Kind.PUBLIC_BODY, "etablissement public": Kind.PUBLIC_BODY,
    "individual": Kind.INDIVIDUAL, "particulier": Kind.INDIVIDUAL, "particuliere": Kind.INDIVIDUAL,
    "personne": Kind.INDIVIDUAL,
}  # fmt: skip
_ROLES = {
    "referent": Role.REFERENT, "referente": Role.REFERENT, "referent e": Role.REFERENT, "treasurer": Role.TREASURER,
    "tresorier": Role.TREASURER, "tresoriere": Role.TREASURER, "member": Role.MEMBER, "membre": Role.MEMBER,
    "adherent": Role.MEMBER, "adherente": Role.MEMBER,
}  # fmt: skip


class Wrong(Exception):
    """A value that cannot be taken: the code of the problem, its column, and what fills its words."""

    def __init__(self, code: str, column: str = "", **values: object) -> None:
        super().__init__(code)
        self.code, self.column, self.values = code, column, values


@dataclass
class Checker:
    """Checks the records of one import in the order of their kinds; ``seen`` remembers the line of what came before."""

    options: Options
    problems: list[Problem] = field(default_factory=list)
    hashes: dict[str, int] = field(default_factory=dict)
    seen: dict[tuple[str, str], Record] = field(default_factory=dict)

    def accepts(self, record: Record) -> bool:
        """Clean a record and return whether it may be brought in; a problem says why not."""
        check: Callable[[Record], None] = getattr(self, f"_{record.kind}")
        try:
            check(record)
        except Wrong as wrong:
            self.problems.append(Problem(record.file, record.line, wrong.code, wrong.column, dict(wrong.values)))
            return False
        except Invalid as refusal:
            self.problems.append(Problem(record.file, record.line, refusal.code, refusal.field))
            return False
        return True

    def _once(self, record: Record, what: str, value: str, column: str) -> None:
        before = self.seen.setdefault((what, value), record)
        if before is not record:
            raise Wrong("twice", column, line=before.line, file=before.file)

    def _note(self, record: Record, code: str, column: str) -> None:
        self.problems.append(Problem(record.file, record.line, code, column, left_out=False))

    def _organisation(self, record: Record) -> None:
        values = record.values
        _short(record, "reference", REFERENCE)
        values["name"] = " ".join(record.get("name").split())
        if not values["name"]:
            raise Wrong("cell_missing", "name")
        _short(record, "name", NAME)
        values["kind"] = _word(record, "kind", _KINDS, "unknown_kind") or self.options.kind
        values["rna"], values["siren"] = clean_rna(record.get("rna")), clean_siren(record.get("siren"))
        _year(record)
        _period(record, "member_since", "member_until")
        self._once(record, "reference", record.get("reference"), "reference")
        for number in ("rna", "siren"):
            if values[number]:
                self._once(record, number, values[number], number)

    def _person(self, record: Record) -> None:
        values = record.values
        values["email"] = clean_address(record.get("email"))
        values["name"] = " ".join(record.get("name").split())[:120]
        values["other_emails"] = " ".join(self._others(record))
        confirmed = fold(record.get("confirmed"))
        if confirmed not in YES | NO:
            raise Wrong("yes_or_no", "confirmed")
        values["confirmed"] = "yes" if confirmed in YES or (self.options.confirmed and not confirmed) else ""
        self._once(record, "email", values["email"], "email")
        self._hash(record)

    def _others(self, record: Record) -> list[str]:
        found = []
        for text in several(record.get("other_emails")):
            try:
                found.append(clean_address(text))
            except Invalid:
                self._note(record, "other_address", "other_emails")
        return [email for email in dict.fromkeys(found) if email != record.values["email"]]

    def _hash(self, record: Record) -> None:
        text = record.values.pop("passphrase_hash", "")
        found = hashes.recognise(text) if text else None
        if not text:
            how = "none"
        elif found is None:
            self._note(record, "unknown_hash", "passphrase_hash")
            how = "unknown"
        elif not record.values["confirmed"]:
            how = "unproved"
        else:
            record.values["passphrase_hash"] = text
            how = "kept" if isinstance(found, hashes.Kept) else "wrapped"
        self.hashes[how] = self.hashes.get(how, 0) + 1

    def _role(self, record: Record) -> None:
        values = record.values
        values["email"] = clean_address(record.get("email"))
        values["role"] = _word(record, "role", _ROLES, "unknown_role")
        if not values["role"]:
            raise Wrong("cell_missing", "role")
        _period(record, "since", "until")
        key = f"{values['email']} {record.get('organisation')}"
        # One person has one role in an organisation at a time; ended ones may come before.
        self._once(record, "role", f"{key} {record.get('until')}", "email")

    def _name(self, record: Record) -> None:
        values = record.values
        values["email"] = clean_address(record.get("email"))
        values["application"] = clean_application(record.get("application"))
        values["user_name"] = clean_user_name(record.get("user_name"))
        if not values["application"]:
            raise Wrong("cell_missing", "application")
        self._once(record, "name of", f"{values['application']}\n{values['email']}", "email")
        self._once(record, "name", f"{values['application']}\n{values['user_name']}", "user_name")

    def _domain(self, record: Record) -> None:
        record.values["domain"] = _domain_name(record.get("domain"), "domain")
        self._once(record, "domain", record.values["domain"], "domain")

    def _mailbox(self, record: Record) -> None:
        values = record.values
        values["address"] = _address(record.get("address"), "address")
        values["email"] = clean_address(record.get("email")) if record.get("email") else ""
        quota = record.get("quota_mb").replace(" ", "")
        if quota and not (quota.isdecimal() and 0 < int(quota) <= 10_000_000):
            raise Wrong("quota", "quota_mb")
        values["quota_mb"] = quota
        self._once(record, "mailbox", values["address"], "address")

    def _redirection(self, record: Record) -> None:
        values = record.values
        source = record.get("source")
        if source.startswith(("@", "*@")):
            values["source"] = "*@" + _domain_name(source.partition("@")[2], "source")
        else:
            values["source"] = _address(source, "source")
        values["destination"] = _address(record.get("destination"), "destination")
        if values["source"] == values["destination"]:
            raise Wrong("goes_nowhere", "destination")
        self._once(record, "redirection", f"{values['source']} {values['destination']}", "destination")


def _short(record: Record, column: str, most: int) -> None:
    if len(record.get(column)) > most:
        raise Wrong("too_long", column, most=most)


def _word(record: Record, column: str, words: Mapping[str, str], code: str) -> str:
    text = record.get(column)
    if not text:
        return ""
    found = words.get(fold(text)) or words.get(fold(text).replace(" ", "_"))
    if found is None:
        raise Wrong(code, column, value=text[:60])
    return str(found)


def _year(record: Record) -> None:
    text = record.get("founded_year")
    if text and not (text.isdecimal() and FIRST_YEAR <= int(text) <= clock.today().year):
        raise Wrong("year", "founded_year", value=text[:20])


def _period(record: Record, first: str, last: str) -> None:
    days = {column: _day(record.get(column), column) for column in (first, last) if record.get(column)}
    if len(days) == 2 and days[first] > days[last]:
        raise Wrong("ends_before", last)
    record.values.update({column: day.isoformat() for column, day in days.items()})


def _day(text: str, column: str) -> date:
    """Read ``2024-03-31``, or ``31/03/2024``: the day comes first where the year comes last."""
    numbers = _DAY.match(text)
    try:
        return date(int(numbers[3]), int(numbers[2]), int(numbers[1])) if numbers else date.fromisoformat(text[:10])
    except ValueError as error:
        raise Wrong("date", column, value=text[:20]) from error


def _domain_name(text: str, column: str) -> str:
    name = text.strip().rstrip(".").lower()
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        name = ""
    if not _DOMAIN.match(name):
        raise Wrong("domain", column, value=text[:60])
    return name


def _address(text: str, column: str) -> str:
    try:
        return clean_address(text)
    except Invalid as error:
        raise Wrong("invalid_address", column) from error
