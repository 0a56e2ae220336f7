# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register({"mailbox.set": _("{actor} changed the mailbox of the answers: {about}")})
