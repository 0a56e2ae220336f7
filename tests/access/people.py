# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who asks, and who may: written by hand from what each role is for, never read from the code or its answers."""

from __future__ import annotations

Who = frozenset[str]


def who(names: str) -> Who:
    return frozenset(names.split())


ANONYMOUS, STRANGER = "anonymous", "stranger"
OURS = who("member treasurer referent")
HOST = who("reviewer support host_treasurer editor administrator")
SIGNED_IN = OURS | HOST | {STRANGER}
EVERYBODY = SIGNED_IN | {ANONYMOUS}
NOBODY: Who = frozenset()
# What is open to all makes no difference between roles: one of each standing is asked.
OF_EACH_STANDING = who("anonymous stranger referent administrator")


def asked_of(may: Who) -> Who:
    """Return who is worth asking among those who may."""
    return OF_EACH_STANDING if may == EVERYBODY else may


# What one may do with an organisation, what belongs to it, and its spaces. The desk helps with people and reads;
# it never publishes, agrees or pays in somebody's name.
ORGANISATION: dict[str, Who] = {
    "read": who("member treasurer referent reviewer support host_treasurer administrator"),
    "write": OURS,
    "publish": who("member referent"),
    "invite": who("referent reviewer support administrator"),
    "remove": who("referent reviewer support administrator"),
    "agree": who("referent"),
    "pay": who("treasurer referent"),
    "export": who("referent"),
    "close": who("referent"),
    "see_history": who("treasurer referent reviewer support host_treasurer administrator"),
}

# What one may do at the desk.
DESK: dict[str, Who] = {
    "today": HOST,
    "decide": who("reviewer administrator"),
    "write": who("reviewer support administrator"),
    "see_organisations": who("reviewer support host_treasurer administrator"),
    "people": who("reviewer support administrator"),
    "catalogue": who("editor administrator"),
    "waves": who("reviewer editor administrator"),
    "report": who("support administrator"),
    "hold": who("support administrator"),
    "mail": who("support administrator"),
    "history": who("reviewer support host_treasurer administrator"),
    "operate": who("administrator"),
    "delete": who("administrator"),
    "settings": who("administrator"),
}

READ = ORGANISATION["read"]
