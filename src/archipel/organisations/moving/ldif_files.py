# SPDX-License-Identifier: AGPL-3.0-or-later
"""Directories as LDIF (RFC 2849): persons (RFC 2798 ``inetOrgPerson``), and groups, which become organisations.

A member of a group becomes its member, an ``owner`` its referent; ``memberOf`` says the same from the other side.
``uid`` is the user name in the applications that the host names. Entries of other kinds (branches, services) are passed.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from ldif import LDIFParser

from archipel.organisations.moving.decoding import decode
from archipel.organisations.moving.records import Options, Problem, Read, Record, Unreadable

PERSONS = {"inetorgperson", "organizationalperson", "person", "posixaccount", "user"}
GROUPS = {"groupofnames", "groupofuniquenames", "posixgroup", "group"}
MEMBERS = ("member", "uniquemember", "memberuid")
REFERENCE = 255

logging.getLogger("ldif").setLevel(logging.ERROR)


@dataclass
class _Entry:
    line: int
    dn: str
    values: dict[str, list[str]]

    def one(self, *names: str) -> str:
        return next((self.values[name][0] for name in names if self.values.get(name)), "")

    def all(self, *names: str) -> list[str]:
        return [value for name in names for value in self.values.get(name, [])]

    @property
    def classes(self) -> set[str]:
        return {value.lower() for value in self.values.get("objectclass", [])}


@dataclass
class _Directory:
    """Who is called how: persons by DN and by ``uid``, groups by DN; roles said once."""

    file: str
    emails: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    said: set[tuple[str, str]] = field(default_factory=set)


def looks_like_ldif(content: bytes) -> bool:
    """Return whether a file begins as a directory does."""
    head = content[:65536].lstrip(b"\xef\xbb\xbf")
    return any(line[:4].lower() in (b"dn: ", b"dn::", b"dn:c", b"dn:u", b"dn:o") for line in head.splitlines())


def read_ldif(content: bytes, file: str, options: Options, asked: str = "") -> Read:
    """Return the records of a directory (``Unreadable`` when it holds no entry)."""
    text, encoding = decode(content, file, asked)
    read = Read("ldif", encoding)
    entries = list(_entries(text, file, read))
    if not entries and not read.problems:
        raise Unreadable(Problem(file, 1, "empty_file"))
    directory = _Directory(file)
    persons = [entry for entry in entries if not entry.classes & GROUPS and entry.classes & PERSONS]
    groups = [entry for entry in entries if entry.classes & GROUPS]
    for entry in groups:
        _group(entry, directory, read)
    for entry in persons:
        _person(entry, directory, options, read)
    _roles(persons, groups, directory, read)
    return read


def _roles(persons: list[_Entry], groups: list[_Entry], directory: _Directory, read: Read) -> None:
    for entry in groups:
        for role, names in (("referent", ("owner",)), ("member", MEMBERS)):
            for member in entry.all(*names):
                _role(entry.line, directory.groups[entry.dn], member, role, directory, read)
    for entry in persons:
        for group in entry.all("memberof", "ismemberof"):
            _member_of(entry, group, directory, read)


def _entries(text: str, file: str, read: Read) -> Iterator[_Entry]:
    """Yield the entries; one that cannot be read is a problem of its first line, and the next one is read."""
    for line, block in _blocks(text):
        try:
            for dn, values in LDIFParser(io.BytesIO(block.encode())).parse():
                if dn is not None and not _is_change(values):
                    yield _Entry(line, _dn(dn), _texts(values))
                elif dn is not None:
                    read.problems.append(Problem(file, line, "change_of_directory"))
        except ValueError:
            read.problems.append(Problem(file, line, "broken_entry"))


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    start = 1
    block: list[str] = []
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), ""], start=1):
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            if any(not one.startswith(("#", "version:")) for one in block):
                yield start, "\n".join(block) + "\n"
            block = []


def _is_change(values: dict[str, list[str]]) -> bool:
    return any(name.lower() == "changetype" and set(found) != {"add"} for name, found in values.items())


def _texts(values: dict[str, list[str | bytes]]) -> dict[str, list[str]]:
    """Return attributes by name in small letters, options (``;lang-fr``) left aside, pictures and keys left out."""
    found: dict[str, list[str]] = {}
    for name, some in values.items():
        texts = [value.strip() for value in some if isinstance(value, str) and value.strip()]
        if texts:
            found.setdefault(name.split(";")[0].lower(), []).extend(texts)
    return found


def _dn(text: str) -> str:
    return ",".join(part.strip().casefold() for part in text.split(","))[:REFERENCE]


def _group(entry: _Entry, directory: _Directory, read: Read) -> None:
    directory.groups[entry.dn] = entry.dn
    values = {"reference": entry.dn, "name": entry.one("cn", "ou"), "town": entry.one("l")}
    read.records.append(Record("organisation", directory.file, entry.line, values))


def _person(entry: _Entry, directory: _Directory, options: Options, read: Read) -> None:
    emails, uid = entry.all("mail"), entry.one("uid", "samaccountname")
    if not emails:
        read.problems.append(Problem(directory.file, entry.line, "cell_missing", column="mail"))
        return
    directory.emails[entry.dn] = emails[0]
    if uid:
        directory.emails.setdefault(f"uid:{uid.casefold()}", emails[0])
    values = {
        "email": emails[0],
        "name": entry.one("displayname", "cn") or f"{entry.one('givenname')} {entry.one('sn')}".strip(),
        "language": entry.one("preferredlanguage"),
        "other_emails": " ".join(emails[1:]),
        "passphrase_hash": entry.one("userpassword"),
    }
    read.records.append(Record("person", directory.file, entry.line, values))
    for application in options.applications if uid else ():
        login = {"email": emails[0], "application": application, "user_name": uid}
        read.records.append(Record("name", directory.file, entry.line, login))


def _role(line: int, group: str, member: str, role: str, directory: _Directory, read: Read) -> None:
    email = directory.emails.get(_dn(member)) or directory.emails.get(f"uid:{member.casefold()}")
    if email is None:
        read.problems.append(
            Problem(
                directory.file, line, "member_unknown", column="member", values={"member": member[:200]}, left_out=False
            )
        )
        return
    if (group, email) in directory.said:
        return
    directory.said.add((group, email))
    values = {"organisation": group, "email": email, "role": role}
    read.records.append(Record("role", directory.file, line, values))


def _member_of(entry: _Entry, group: str, directory: _Directory, read: Read) -> None:
    known = directory.groups.get(_dn(group))
    if known is None:
        read.problems.append(
            Problem(
                directory.file,
                entry.line,
                "group_unknown",
                column="memberOf",
                values={"group": group[:200]},
                left_out=False,
            )
        )
    elif entry.dn in directory.emails:
        _role(entry.line, known, entry.dn, "member", directory, read)
