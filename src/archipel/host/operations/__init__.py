# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this installation, by what it changes: its row and texts, its set-up, its keys, its copies."""

from archipel.host.operations.backups import (
    BackupRefused,
    BackupResult,
    back_up,
    look_into,
    restore,
    restore_database,
)
from archipel.host.operations.door import close_door, reopen_door
from archipel.host.operations.installation import (
    AlreadySetUp,
    DomainsTooClose,
    change_host,
    clean_domains,
    set_parameter,
    set_up,
    write_text,
    write_texts,
)
from archipel.host.operations.keys import LockedElsewhere, rotate_keys
from archipel.host.operations.set_up_code import WrongCode, check_set_up_code, forget_set_up_code, new_set_up_code

__all__ = [
    "AlreadySetUp",
    "BackupRefused",
    "BackupResult",
    "DomainsTooClose",
    "LockedElsewhere",
    "WrongCode",
    "back_up",
    "change_host",
    "check_set_up_code",
    "clean_domains",
    "close_door",
    "forget_set_up_code",
    "look_into",
    "new_set_up_code",
    "reopen_door",
    "restore",
    "restore_database",
    "rotate_keys",
    "set_parameter",
    "set_up",
    "write_text",
    "write_texts",
]
