# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table: for each address of the site, who may read and who may act.

Written from the rights of each role (``people.py``) and from what the page is for. Who may not gets: anonymous, the
sign-in page; a person who sees the thing but may not do this, 403; everybody else, 404 as for what never was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.access.people import DESK, EVERYBODY, NOBODY, ORGANISATION, READ, SIGNED_IN, Who, who

Typed = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """``None`` for ``get`` or ``post``: the method does not exist there. ``sees``: who is told 403 rather than 404;
    ``moved``: who is led to a page of their own; ``gone``: it is there for nobody, not even as a sign-in page."""

    name: str
    get: Who | None
    post: Who | None
    args: dict[str, str] = field(default_factory=dict)
    sees: Who = NOBODY
    typed: Typed = field(default_factory=dict)
    shows: str = "page"
    reason: str = ""
    about: str = ""
    moved: Who = NOBODY
    gone: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}{'@' if self.about else ''}{self.about}"


def public(name: str, reason: str, *, post: bool = False, get: bool = True, **more: Any) -> Row:
    """Return a row open to all; the reason says why."""
    return Row(name, EVERYBODY if get else None, EVERYBODY if post else None, reason=reason, **more)


def own(name: str, *, post: bool = False, get: bool = True, may: Who = SIGNED_IN, **more: Any) -> Row:
    """Return a row about the person who is signed in."""
    return Row(name, may if get else None, may if post else None, **more)


def hosted(name: str, get: Who | None, post: Who | None = None, *, sees: Who = READ, **more: Any) -> Row:
    """Return a row about an organisation or what is its own."""
    return Row(name, get, post, sees=sees, **more)


def desk(name: str, verb: str, *, post: bool = False, get: bool = True, **more: Any) -> Row:
    """Return a row of the desk: for who lacks the right, it does not exist."""
    return Row(name, DESK[verb] if get else None, DESK[verb] if post else None, **more)


CATALOGUE = "what is offered is public"
SIGN_IN = "the way to an account begins without one"
LINK = "whoever holds the secret link read it in the mailbox it was sent to"
FORM = "nobody needs an account to ask"
NOTICE = "anyone may send a notice (Regulation (EU) 2022/2065, art. 16)"
PROTOCOL = "what applications must know to speak to us is no secret"
DEMONSTRATION = "the demonstration's mailbox; a real host has no such page"

SPACE = {"public_id": "$space"}
HELD = {"public_id": "$held_space"}
CLOSING = {"public_id": "$closing_space"}
PLACE = {"public_id": "$backup_place"}
COPY = {**SPACE, "backup_id": "$backup"}
BLOG = {"public_id": "$blog"}
ORGANISED = {"public_id": "$organisation"}
DECLARED = {"public_id": "$organisation", "service_id": "$declared"}
REQUEST = {"public_id": "$request"}
SERVICE = {"slug": "$service"}
FOLLOW = {"token": "$follow_token"}
DRAFT = {"token": "$draft_token"}
MACHINE = {"public_id": "$machine"}
APPLICATION = {"public_id": "$application"}
APPLICATION_TYPED = {
    "name": "Nuage", "kind": "confidential", "subject": "public", "scopes": "openid", "redirect_uris": "https://nuage.example/callback"
}  # fmt: skip
CLOSES = ORGANISATION["close"] | DESK["delete"]
HOLDS = ORGANISATION["close"] | DESK["hold"]
TALKS = ORGANISATION["write"]
HOST_READ = DESK["see_organisations"]

PUBLIC = [
    public("front-page", CATALOGUE),
    public("about", "who the host is"),
    public("accessibility", "a statement the law wants public"),
    public("services", CATALOGUE),
    public("services-csv", CATALOGUE, shows="file"),
    public("service", CATALOGUE, args=SERVICE),
    public("service-terms", CATALOGUE, args={**SERVICE, "day": "$terms_day"}),
    public("design:components", "the components with made-up words, for who draws pages"),
    public("openapi-json", "how to speak to the house is no secret", shows="file"),
    public("set_language", "choosing a language for somebody harms nobody", post=True, shows="moved", typed={"language": "en"}),
    public("wave", "waves are public, their criteria and reports too", args={"public_id": "$wave"}),
    public("wave-report-csv", "the report of a wave is public", args={"public_id": "$wave"}, shows="file"),
    public("wave-order-csv", "anyone may recompute the order", args={"public_id": "$wave"}, shows="file"),
    public("openid-configuration", PROTOCOL, shows="file"),
    public("oidc-keys", PROTOCOL, shows="file"),
    public("oidc-end-session", "leaving needs no right; who is in is asked first", post=True),
    public("oidc-leave", "leaving needs no right", get=False, post=True),
    public("request-form", FORM, args=SERVICE, post=True, typed={"name": "Le Lavoir"}),
    public("tell-me", FORM, args={"slug": "$by_wave"}, post=True, typed={"email": "attend@people.example"}),
    public("space-report", NOTICE, args={"address": "$address"}, post=True),
    public("space-report-received", NOTICE, args={"address": "$address", "reference": "2345678"}),
    public("demonstration-mails", DEMONSTRATION),
    public("demonstration-mail", DEMONSTRATION, args={"public_id": "$mail"}),
    public("request-draft", LINK, args=DRAFT, shows="moved"),
    public("request-sent", LINK, args=DRAFT),
    public("request-stage", LINK, args={**DRAFT, "stage": "organisation"}, post=True, typed={"name": "Le Lavoir"}),
    public("request-confirm", LINK, args={"token": "$confirm_token"}, post=True),
    public("request-follow", LINK, args=FOLLOW),
    public("request-follow-answer", LINK, args=FOLLOW, get=False, post=True, typed={"body": "Merci"}),
    public("request-follow-withdraw", LINK, args=FOLLOW, get=False, post=True),
    public("alert-confirm", LINK, args={"token": "$alert_token"}, post=True),
    public("alert-leave", LINK, args={"token": "$alert_token"}, post=True),
    public("invitation", LINK, args={"token": "$invitation_token"}, post=True),
    public("invitation-ask", LINK, args={"token": "$invitation_token"}, get=False, post=True),
    public("reset-cancel", LINK, args={"token": "$reset_token"}, post=True),
    public("agreement", LINK, args={"token": "$agreement_token"}, post=True, typed={"seen": ""}),
]  # fmt: skip

ACCOUNT = [
    public("account_login", SIGN_IN, post=True, shows="any", typed={"login": "x@people.example", "password": "x"}),
    public("account_signup", SIGN_IN, post=True, shows="any", typed={"email": "x@people.example"}),
    public("account_logout", "leaving needs no right", post=True, shows="any"),
    public("account_inactive", "says that an account is closed, not whose"),
    public("account_email_verification_sent", "says that a mail is on its way, not to whom"),
    public("account_confirm_email", LINK, args={"key": "$confirm_key"}, post=True, shows="any"),
    public("account_reset_password", SIGN_IN, post=True, typed={"email": "x@people.example"}),
    public("account_reset_password_done", "says that a mail is on its way, not to whom"),
    public("account_reset_password_from_key", LINK, args={"uidb36": "1", "key": "abc-def"}, post=True, shows="any"),
    public("account_reset_password_from_key_done", "says that it is done, not for whom"),
    own("account_reauthenticate", post=True),
    own("account_email", post=True),
    own("account_change_password", post=True),
    own("account_set_password", post=True, shows="moved"),
    own("account-profile", post=True),
    own("account-tokens", post=True),
    own("account-applications"),
    own("account-application-withdraw", get=False, post=True, may=who("referent"), args={"public_id": "$known_application"}),
    own("oidc-consent", get=False, post=True, typed={"asked": "$asked", "answer": "refuse"}),
    own("account-token-revoke", get=False, post=True, may=who("referent"), args={"public_id": "$token_id"}),
    own("account-sessions"),
    own("account-sessions-end", get=False, post=True),
    own("account-session-end", get=False, post=True, may=who("referent"), args={"public_id": "$session_id"}),
    own("account-second-factor-needed", shows="any"),
    own("mfa_index"),
    Row("account-elsewhere", NOBODY, None, gone=True),
    Row("account-elsewhere-return", NOBODY, None, gone=True),
    Row("account-elsewhere-ended", None, NOBODY, gone=True),
    own("mfa_activate_totp", post=True, shows="moved"),
    own("mfa_deactivate_totp", post=True, may=who("referent"), shows="moved"),
    own("mfa_view_recovery_codes", may=who("referent"), shows="moved"),
    own("mfa_generate_recovery_codes", post=True, shows="moved"),
    own("mfa_download_recovery_codes", may=who("referent"), shows="moved"),
    own("mfa_list_webauthn"),
    own("mfa_add_webauthn", post=True, shows="moved"),
    own("mfa_edit_webauthn", post=True, shows="moved", args={"pk": "$passkey"}),
    own("mfa_remove_webauthn", post=True, shows="moved", args={"pk": "$passkey"}),
    own("mfa_reauthenticate", post=True, shows="any"),
    own("mfa_reauthenticate_webauthn", post=True, shows="any"),
    public("mfa_authenticate", SIGN_IN, post=True, shows="moved"),
    public("mfa_login_webauthn", SIGN_IN, post=True, shows="moved"),
    own("home"),
    own("my-data", post=True),
    own("my-data-file", shows="file"),
    own("invitation-of-mine", post=True, may=who("member"), args={"public_id": "$invitation_of_member"}),
]  # fmt: skip

HOSTED = [
    hosted("organisation", READ, args=ORGANISED),
    hosted("organisation-people", READ, ORGANISATION["invite"], args=ORGANISED, typed={"email": "n@people.example", "role": "member"}),
    hosted("organisation-member", ORGANISATION["remove"], ORGANISATION["remove"], args={**ORGANISED, "person_id": "$person"}, typed={"role": "treasurer"}),
    hosted("organisation-remove", None, ORGANISATION["remove"], args={**ORGANISED, "person_id": "$person"}),
    hosted("organisation-end-role", None, ORGANISATION["remove"], args={**ORGANISED, "person_id": "$person", "role": "member"}),
    hosted("organisation-history", ORGANISATION["see_history"], args=ORGANISED),
    hosted("organisation-history-csv", ORGANISATION["see_history"], args=ORGANISED, shows="file"),
    hosted("organisation-people-csv", ORGANISATION["invite"], args=ORGANISED, shows="file"),
    hosted("organisation-invite-many", ORGANISATION["invite"], ORGANISATION["invite"], args=ORGANISED, typed={"text": "n@people.example"}),
    hosted("organisation-applications", READ, args=ORGANISED),
    hosted("organisation-application", READ, ORGANISATION["invite"], args={**ORGANISED, "access_id": "$access"}, typed={"referent": "referent", "treasurer": "=none", "member": "member"}),
    hosted("organisation-personal-access", None, ORGANISATION["remove"], args={**ORGANISED, "person_id": "$person", "access_id": "$access"}, typed={"role": "=none"}),
    hosted("organisation-where", READ, args=ORGANISED),
    hosted("organisation-where-csv", READ, args=ORGANISED, shows="file"),
    hosted("organisation-declare", ORGANISATION["agree"], ORGANISATION["agree"], args=ORGANISED, typed={"name": "Boutique", "run_by": "Ailleurs"}),
    hosted("organisation-declared", ORGANISATION["agree"], ORGANISATION["agree"], args=DECLARED, typed={"name": "Boutique", "run_by": "Ailleurs"}),
    hosted("organisation-declared-confirm", None, ORGANISATION["agree"], args=DECLARED),
    hosted("organisation-declared-remove", None, ORGANISATION["agree"], args=DECLARED),
    hosted("organisation-reset-ask", None, ORGANISATION["agree"], args={**ORGANISED, "person_id": "$person"}),
    hosted("organisation-reset", ORGANISATION["agree"], ORGANISATION["agree"], args={**ORGANISED, "reset_id": "$reset"}, typed={"act": "refuse"}),
    hosted("invitation-resend", None, ORGANISATION["invite"], args={"public_id": "$invitation"}),
    hosted("invitation-withdraw", None, ORGANISATION["invite"], args={"public_id": "$invitation"}),
    # The people of the host themselves: giving rights of the desk is for who has them all.
    hosted("organisation", HOST_READ, about="host", sees=HOST_READ, args={"public_id": "$host_organisation"}),
    hosted("organisation-people", HOST_READ, DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation"}, typed={"email": "n@people.example", "role": "editor"}),
    hosted("organisation-member", DESK["settings"], DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation", "person_id": "$host_person"}, typed={"role": "administrator"}),
    hosted("organisation-remove", None, DESK["settings"], about="host", sees=HOST_READ - who("editor"), args={"public_id": "$host_organisation", "person_id": "$host_person"}),
    hosted("organisation-end-role", None, DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation", "person_id": "$host_person", "role": "editor"}),
    hosted("organisation-people-csv", DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation"}, shows="file"),
    hosted("organisation-invite-many", DESK["settings"], DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation"}, typed={"text": "n@people.example"}),
    hosted("organisation-reset-ask", None, DESK["settings"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation", "person_id": "$host_person"}),
    hosted("organisation-history", DESK["history"], about="host", sees=HOST_READ, args={"public_id": "$host_organisation"}),
    hosted("agreement-by-id", READ, ORGANISATION["agree"], args={"public_id": "$agreement"}, typed={"seen": ""}),
    hosted("request", READ, args=REQUEST),
    hosted("request-withdraw", None, ORGANISATION["agree"], args=REQUEST),
    hosted("conversation", TALKS, args={"public_id": "$conversation"}, sees=NOBODY, moved=DESK["write"]),
    hosted("conversation-write", None, TALKS, args={"public_id": "$conversation"}, sees=NOBODY, typed={"body": "Bonjour"}),
    hosted("conversation-file", TALKS | DESK["write"], args={"public_id": "$file"}, sees=NOBODY, shows="file"),
    hosted("space", READ, args=SPACE),
    hosted("space-opening", READ, args=SPACE),
    hosted("space-people", READ, args=BLOG),
    hosted("space-bring-back", CLOSES, CLOSES, args=BLOG, typed={"archive": "zip", "understood": "on"}),
    hosted("space-person-role", None, ORGANISATION["remove"], args={**BLOG, "person_id": "$person"}, typed={"role": "author"}),
    hosted("space-publish", None, ORGANISATION["publish"], args=SPACE, typed={"archive": "zip"}),
    hosted("space-uploads", None, ORGANISATION["publish"], args=SPACE),
    # An upload under way is known to the one who began it only.
    hosted("space-upload", None, who("referent"), args={**SPACE, "upload_id": "$upload"}, sees=READ - who("member"), typed={"paths": "[]"}),
    hosted("space-upload-finish", None, who("referent"), args={**SPACE, "upload_id": "$upload"}, sees=READ - who("member")),
    hosted("space-upload-abandon", None, who("referent"), args={**SPACE, "upload_id": "$upload"}, sees=READ - who("member")),
    hosted("space-restore", None, ORGANISATION["publish"], args={**SPACE, "version_id": "$version"}),
    hosted("space-hold", None, HOLDS, args=SPACE, typed={"effect": "suspended"}),
    hosted("space-lift-hold", None, HOLDS, args={**HELD, "hold_id": "$own_hold"}),
    hosted("space-lift-hold", None, DESK["hold"], about="abuse", args={**HELD, "hold_id": "$abuse_hold"}),
    hosted("space-exports", None, ORGANISATION["export"] | DESK["delete"], args=SPACE),
    hosted("space-export", ORGANISATION["export"] | DESK["delete"], args={**SPACE, "export_id": "$export"}, shows="file"),
    hosted("space-close", CLOSES, CLOSES, args=SPACE, typed={"understood": "on"}),
    hosted("space-cancel-closing", None, CLOSES, args=CLOSING),
    hosted("space-confirm-deletion", None, CLOSES, args=CLOSING),
    hosted("space-domains", CLOSES, CLOSES, args=SPACE, typed={"name": "www.lavoir.org"}),
    hosted("space-own-address", None, CLOSES, args=SPACE),
    hosted("space-domain-check", None, CLOSES, args={**SPACE, "domain_id": "$domain"}),
    hosted("space-domain-main", None, CLOSES, args={**SPACE, "domain_id": "$domain"}),
    hosted("space-domain-remove", None, CLOSES, args={**SPACE, "domain_id": "$domain"}),
    hosted("space-proof", READ, args={"public_id": "$deleted_space"}, shows="file"),
    hosted("space-statement", READ, args={**SPACE, "report_id": "$statement"}),
]  # fmt: skip

DESK_ROWS = [
    desk("desk-today", "today"),
    desk("desk-history", "history"),
    desk("desk-requests", "decide"),
    desk("desk-requests-csv", "decide", shows="file"),
    desk("desk-requests-many", "decide", get=False, post=True, typed={"decision": "waiting", "chosen": "$request:0"}),
    desk("desk-request", "decide", args=REQUEST),
    desk("desk-request-decide", "decide", get=False, post=True, args=REQUEST, typed={"decision": "waiting", "version": "0"}),
    desk("desk-request-reopen", "decide", get=False, post=True, args=REQUEST, typed={"version": "0", "words": "Erreur"}),
    desk("desk-request-address", "decide", get=False, post=True, args=REQUEST, typed={"wished_address": "lavoir"}),
    desk("desk-request-act", "decide", get=False, post=True, args={**REQUEST, "act": "review"}),
    desk("desk-waves", "waves", post=True),
    desk("desk-wave", "waves", post=True, args={"public_id": "$planned_wave"}),
    desk("desk-wave-act", "waves", get=False, post=True, args={"public_id": "$planned_wave", "act": "cancel"}),
    desk("desk-peers", "decide", post=True),
    desk("desk-peers-csv", "decide", shows="file"),
    desk("desk-peer", "decide", post=True, args={"public_id": "$peer"}),
    desk("desk-spaces", "see_organisations"),
    desk("desk-space-from-bundle", "operate", post=True, typed={"label": "x"}),
    desk("desk-space-versions", "operate"),
    desk("desk-space-upgrade-all", "operate", get=False, post=True, args={"slug": "$blog_service"}),
    desk("desk-space-stop-round", "operate", get=False, post=True, args={"round_id": "$round"}),
    desk("desk-space-running", "operate", args=BLOG),
    desk("desk-space-upgrade", "operate", get=False, post=True, args=BLOG),
    desk("desk-space-note-return", "operate", get=False, post=True, args={**BLOG, "upgrade_id": "$upgrade"}),
    desk("desk-space-move", "operate", get=False, post=True, args=BLOG),
    desk("desk-space-compare", "operate", get=False, post=True, args=BLOG),
    desk("desk-space-drift", "operate", args=BLOG),
    desk("desk-space-repair", "operate", get=False, post=True, args=BLOG),
    desk("desk-space-adopt", "operate", get=False, post=True, args=BLOG),
    desk("desk-machine-spaces", "operate", args={"machine_id": "$machine"}),
    desk("desk-machine-spaces-move", "operate", get=False, post=True, args={"machine_id": "$machine"}),
    desk("desk-machine-spaces-reopen", "operate", get=False, post=True, args={"machine_id": "$machine"}),
    desk("desk-machine-spaces-reopen-one", "operate", get=False, post=True, args={"machine_id": "$machine", "space_id": "$blog"}),
    desk("desk-spaces-csv", "see_organisations", shows="file"),
    desk("desk-space", "see_organisations", args=SPACE),
    desk("desk-space-hold", "hold", get=False, post=True, args=SPACE, typed={"kind": "abuse", "effect": "suspended", "reason": "…"}),
    desk("desk-space-lift-hold", "hold", get=False, post=True, args={**HELD, "hold_id": "$abuse_hold"}),
    desk("desk-space-quota", "operate", get=False, post=True, args=SPACE, typed={"gigabytes": "3"}),
    desk("desk-space-look-again", "operate", get=False, post=True, args=SPACE),
    desk("desk-space-step", "write", get=False, post=True, args={"public_id": "$hand_space", "step_id": "$hand_step"}),
    desk("desk-space-deleted-by-hand", "delete", get=False, post=True, args={"public_id": "$hand_space"}),
    desk("desk-backup-places", "operate"),
    desk("desk-backup-place-new", "operate", post=True, typed={"name": "Disque", "kind": "folder", "location": "relative"}),
    desk("desk-backup-place", "operate", post=True, args=PLACE, typed={"name": ""}),
    desk("desk-backup-place-key", "operate", post=True, args=PLACE, shows="moved"),
    desk("desk-backup-place-key-kept", "operate", get=False, post=True, args=PLACE),
    desk("desk-backup-place-check", "operate", get=False, post=True, args=PLACE),
    desk("desk-backup-place-close", "operate", get=False, post=True, args=PLACE),
    desk("desk-drills", "operate"),
    desk("desk-space-backups", "operate", args=SPACE),
    desk("desk-space-back-up", "operate", get=False, post=True, args=SPACE),
    desk("desk-space-drill", "operate", get=False, post=True, args=COPY),
    desk("desk-space-restore-backup", "operate", post=True, args=COPY, shows="moved"),
    desk("desk-space-drill-seen", "operate", get=False, post=True, args={**SPACE, "drill_id": "$drill"}),
    desk("desk-space-open", "write", get=False, post=True, args={"public_id": "$hand_space"}),
    desk("desk-space-export", "delete", get=False, post=True, args=SPACE),
    desk("desk-space-close", "delete", get=False, post=True, args=SPACE, typed={"close-understood": "on"}),
    desk("desk-space-cancel-closing", "delete", get=False, post=True, args=CLOSING),
    desk("desk-space-confirm-deletion", "delete", get=False, post=True, args=CLOSING),
    desk("desk-space-domain-check", "operate", get=False, post=True, args={**SPACE, "domain_id": "$domain"}),
    desk("desk-space-domain-remove", "operate", get=False, post=True, args={**SPACE, "domain_id": "$domain"}),
    desk("desk-report", "report", post=True, args={"report_id": "$report"}, typed={"decision": "nothing", "facts": "Rien"}),
    desk("desk-organisations", "see_organisations"),
    desk("desk-organisation", "see_organisations", args=ORGANISED),
    desk("desk-organisation-facts", "people", post=True, args=ORGANISED, typed={"name": "Le Lavoir", "kind": "union"}),
    desk("desk-organisation-merge", "people", post=True, args=ORGANISED),
    desk("desk-organisation-applications", "decide", post=True, args=ORGANISED, typed={"client": "$client"}),
    desk("desk-organisation-application-close", "decide", get=False, post=True, args={**ORGANISED, "access_id": "$access"}),
    desk("desk-reset", "people", post=True, args={"reset_id": "$reset"}, typed={"call_note": "Appelée au numéro connu, c’est bien elle."}),
    desk("desk-reset-begin", "people", post=True, args={**ORGANISED, "person_id": "$person"}, typed={"call_note": "Appelée au numéro connu, c’est bien elle."}),
    desk("desk-people", "people"),
    desk("desk-person", "people", args={"public_id": "$person"}),
    desk("desk-person-close", "people", post=True, args={"public_id": "$person"}, typed={"reason": "Compte volé."}),
    desk("desk-person-reopen", "people", get=False, post=True, args={"public_id": "$person"}),
    desk("desk-person-merge", "people", post=True, args={"public_id": "$person"}),
    desk("desk-imports", "settings", post=True, typed={"kind": "association"}),
    desk("desk-account-names", "settings", post=True, typed={"application": "git", "client": ""}),
    desk("desk-import-template", "settings", args={"kind": "person"}, shows="file"),
    desk("desk-import", "settings", args={"public_id": "$batch"}),
    desk("desk-import-problems", "settings", args={"public_id": "$batch"}, shows="file"),
    desk("desk-import-act", "settings", get=False, post=True, args={"public_id": "$batch", "act": "discard"}),
    desk("desk-conversation", "write", args={"public_id": "$conversation"}),
    desk("desk-conversation-write", "write", get=False, post=True, args={"public_id": "$conversation"}, typed={"kind": "message", "body": "Oui"}),
    desk("desk-conversation-answered", "write", get=False, post=True, args={"public_id": "$conversation"}),
    desk("desk-conversation-confirm", "write", get=False, post=True, args={"public_id": "$conversation", "message_id": "$message"}),
    desk("desk-mails", "mail"),
    desk("desk-mails-lift", "mail", get=False, post=True, typed={"address": "perdu@people.example"}),
    desk("desk-mails-seen", "mail", get=False, post=True, typed={"address": "perdu@people.example"}),
    desk("desk-mail-again", "mail", get=False, post=True, args={"public_id": "$failed_mail"}),
    desk("desk-mailbox", "settings", post=True),
    desk("desk-stray-seen", "settings", get=False, post=True, args={"public_id": "$stray"}),
    desk("desk-settings", "settings", post=True),
    desk("desk-applications", "settings"),
    desk("desk-application-new", "settings", post=True, typed=APPLICATION_TYPED),
    desk("desk-application", "settings", post=True, args=APPLICATION, typed=APPLICATION_TYPED),
    desk("desk-application-secret", "settings", get=False, post=True, args=APPLICATION),
    desk("desk-application-close", "settings", get=False, post=True, args=APPLICATION),
    desk("desk-mail-check", "settings", post=True, typed={"to": "essai@people.example"}),
    desk("desk-settings-texts", "settings", post=True, args={"language": "fr"}, typed={"home-title": "Bonjour"}),
    desk("desk-settings-parameter", "settings", post=True, args={"key": "draft_days"}),
    desk("desk-procedure", "operate", args={"public_id": "$procedure"}),
    desk("desk-procedure-resume", "operate", get=False, post=True, args={"public_id": "$procedure"}),
    desk("desk-procedure-cancel", "operate", get=False, post=True, args={"public_id": "$procedure"}),
    desk("desk-recipes", "operate"),
    desk("desk-recipe", "operate", args={"slug": "wordpress"}),
    desk("desk-drift", "operate", args={"public_id": "$drift"}),
    desk("desk-drift-repair", "operate", get=False, post=True, args={"public_id": "$drift"}),
    desk("desk-drift-adopt", "operate", get=False, post=True, args={"public_id": "$drift"}),
    desk("desk-machines", "operate"),
    desk("desk-machine-new", "operate", post=True, typed={"name": "boite", "ownership": "ours"}),
    desk("desk-machine", "operate", post=True, args=MACHINE, typed={"ownership": "lent", "owner": "La mairie"}),
    desk("desk-machine-act", "operate", post=True, args={**MACHINE, "act": "drain"}),
    desk("desk-site-new", "operate", post=True, typed={"name": "Rennes", "country": "FR"}),
    desk("desk-site", "operate", post=True, args={"public_id": "$machine_site"}, typed={"name": "Brest", "country": "FR"}),
    desk("desk-job", "operate", args={"job_id": "$job"}),
    desk("desk-job-again", "operate", get=False, post=True, args={"job_id": "$job"}),
    desk("desk-job-aside", "operate", get=False, post=True, args={"job_id": "$job"}),
    desk("desk-catalogue", "catalogue"),
    desk("desk-service-new", "catalogue", post=True, typed={"slug": "agenda", "name": "Agenda", "access": "request", "software": "X"}),
    desk("desk-host-terms", "catalogue", post=True),
    desk("desk-service", "catalogue", post=True, args=SERVICE),
    desk("desk-service-state", "catalogue", get=False, post=True, args=SERVICE, typed={"to": "full"}),
    desk("desk-service-maintainers", "catalogue", get=False, post=True, args=SERVICE),
    desk("desk-service-texts", "catalogue", post=True, args={**SERVICE, "language": "fr"}),
    desk("desk-service-prices", "catalogue", post=True, args=SERVICE),
    desk("desk-service-terms", "catalogue", post=True, args=SERVICE),
    desk("desk-service-questions", "catalogue", post=True, args=SERVICE),
    desk("desk-service-question-new", "catalogue", post=True, args=SERVICE),
    desk("desk-service-question", "catalogue", post=True, args={**SERVICE, "key": "$question"}),
]  # fmt: skip

# Open behind the code of the terminal, while the host is not set up: then gone for good.
SET_UP = [
    # Asked by our own proxy alone, which says a word that no person has.
    Row("certificate", NOBODY, None, gone=True),
    Row("set-up", NOBODY, NOBODY, gone=True),
    Row("set-up-done", NOBODY, NOBODY, gone=True),
]
ROWS = [*PUBLIC, *ACCOUNT, *HOSTED, *DESK_ROWS, *SET_UP]
# Names that lead to no page of their own.
# What only applications speak to: tests/identity asks each with the codes, tokens and secrets that open it.
NOT_PAGES = {
    "api-root": "the foot of the API's addresses, answers 404",
    "oidc-authorize": "answers by what an application asks: tests/identity/test_authorizing.py",
    "oidc-token": "opened by a code, a refresh token or a secret: tests/identity/test_engine.py",
    "oidc-userinfo": "opened by an access token: tests/identity/test_engine.py",
    "oidc-introspect": "opened by a secret: tests/identity/test_engine.py",
    "oidc-revoke": "opened by a secret: tests/identity/test_engine.py",
}
