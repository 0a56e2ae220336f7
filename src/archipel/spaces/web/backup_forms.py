# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class RestoreForm(forms.Form):
    understood = forms.BooleanField(label=_("I know that everything written since this copy is lost"), required=True)
