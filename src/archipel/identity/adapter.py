# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where django-allauth asks what is ours: who may sign up, how a person is made and enters, how a message leaves."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from archipel.host import queries as host
from archipel.identity import entering, limits, operations, queries
from archipel.identity.access import client_address
from archipel.identity.languages import known_language
from archipel.identity.models import Person
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.identity.visitor import mark_of
from archipel.kernel import clock
from archipel.mailing import operations as mailing

WRONG = _("This address and this passphrase do not go together.")
# The ways to prove again that it is still oneself, by the library's names.
WAYS = {
    "reauthenticate": _("My passphrase"),
    "mfa_reauthenticate": _("A code of my application, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("A passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "cannot_remove_primary_email": _("You cannot remove your main address: choose another main address first."),
        "duplicate_email": _("This address already belongs to your account."),
        "email_password_mismatch": WRONG,
        "email_taken": _("This address cannot be used here."),
        "enter_current_password": _("This is not your present passphrase."),
        "incorrect_password": _("This is not your passphrase."),
        "invalid_login": WRONG,
        "invalid_password_reset": _("This link no longer works: ask for a new one."),
        "invalid_or_expired_key": _("This link no longer works: ask for a new one."),
        "max_email_addresses": _("An account has at most %d addresses."),
        "rate_limited": _("Too many attempts in a short time. Please try again a little later."),
        "too_many_login_attempts": _("Too many attempts in a short time. Please try again a little later."),
        "unverified_primary_email": _("Your main address must be confirmed."),
    }

    def new_user(self, request: HttpRequest) -> Person:  # noqa: ARG002
        return Person(created_at=clock.now(), language=known_language(get_language() or ""))

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data["name"].strip()[:120]
        return super().save_user(request, user, form, commit)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return queries.sign_up_is_open()

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        entering.note_sign_in(request, user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS[method["id"]]} for method in methods]

    def logout(self, request: HttpRequest) -> None:
        """Sign out here and at every application entered from this session."""
        mark = mark_of(request.session)
        if mark:
            end_sign_ins(reason="signed_out", session=mark)
        super().logout(request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address, and tell who keeps what is known of people elsewhere."""
        with transaction.atomic():
            confirmed: bool = super().confirm_email(request, email_address)
            if confirmed:
                operations.tell_person_changed(person=email_address.user)
        return confirmed

    def set_password(self, user: Any, password: str) -> None:
        with transaction.atomic():
            super().set_password(user, password)
            end_sign_ins(reason="passphrase", person=user)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Persons have an address, no user name."""

    def get_client_ip(self, request: HttpRequest) -> str:
        # What tries are counted by: whoever has a network of IPv6 has any number of addresses.
        return limits.subscriber(client_address(request)[0]) or "0.0.0.0"  # noqa: S104 - a local socket has none: one limit for all

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return _absolute(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        return _absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the person, and do what follows from the change: it is here that the library says it was made."""
        change = template_prefix.rpartition("/")[2]
        keep = self.request.session.session_key if self.request.user.is_authenticated else None
        if change in operations.SECOND_FACTOR_CHANGES:
            operations.note_second_factor(person=user, change=change, keep=keep)
        elif change == "email_changed":
            operations.tell_person_changed(person=user)
        elif change.startswith("password_"):
            operations.end_other_sessions(person=user, keep=keep)
        where = {"ip": client_address(self.request)[0]}
        super().send_notification_mail(template_prefix, user, where | (context or {}), email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the message ``identity/<last part of the prefix>``. Links begin with the portal's own address.

        The Host header of a request is whatever its sender wrote: nothing that leaves by mail is built from it.
        """
        person = context.get("user") or _person_of(email)
        mailing.send(
            name=f"identity/{template_prefix.rpartition('/')[2]}",
            to=email,
            to_name=person.name if person else "",
            language=person.language if person else known_language(get_language() or ""),
            context={
                **{key: context[key] for key in ("activate_url", "deleted_email", "from_email") if key in context},
                **{key: context[key] for key in ("to_email", "ip", "timestamp") if key in context},
                "name": person.name if person else "",
                "email": email,
                "reset_link": context.get("password_reset_url", ""),
                "reset_page": _absolute(reverse("account_reset_password")),
                "sign_up_page": _absolute(reverse("account_signup")),
                "second_factor_page": _absolute(reverse("mfa_index")),
                "passphrase_page": _absolute(reverse("account_change_password")),
            },
        )


def _absolute(path: str) -> str:
    return host.current().portal_url + path


def _person_of(email: str) -> Person | None:
    row = EmailAddress.objects.select_related("user").filter(email=email.lower(), verified=True).first()
    return row.user if row else None
