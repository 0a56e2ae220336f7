# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this app: a message is written, delivered, comes back; a human deals with what failed."""

from archipel.mailing.operations.caring import BodyErased, acknowledge, lift, send_again
from archipel.mailing.operations.delivering import deliver, retry_due
from archipel.mailing.operations.erasing import forget_address, purge
from archipel.mailing.operations.returning import receive_report
from archipel.mailing.operations.writing import send, send_test, send_text

__all__ = [
    "BodyErased",
    "acknowledge",
    "deliver",
    "forget_address",
    "lift",
    "purge",
    "receive_report",
    "retry_due",
    "send",
    "send_again",
    "send_test",
    "send_text",
]
