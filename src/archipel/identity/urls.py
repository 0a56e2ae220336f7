# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of django-allauth that exist here, under the names it looks for, and ours beside them."""

from __future__ import annotations

from allauth.account import views as allauth
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as codes
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from archipel.host.gate import signed_in
from archipel.identity.web import account as web
from archipel.identity.web import applications, drifts, elsewhere, endpoints, own_applications, signing_in
from archipel.identity.web.elsewhere import or_account_elsewhere, or_elsewhere, or_signed_out_elsewhere

# The door of the house first: what the library keeps of a request it interrupts is for who is signed in.
SECOND_FACTOR = [
    path("account/second-factor/", or_account_elsewhere(signed_in(factors.index)), name="mfa_index"),
    path(
        "account/second-factor/needed/",
        or_account_elsewhere(web.second_factor_needed),
        name="account-second-factor-needed",
    ),
    path("account/second-factor/enter/", or_elsewhere(factors.authenticate), name="mfa_authenticate"),
    path(
        "account/second-factor/again/",
        or_account_elsewhere(signed_in(factors.reauthenticate)),
        name="mfa_reauthenticate",
    ),
    path(
        "account/second-factor/codes/", or_account_elsewhere(signed_in(codes.activate_totp)), name="mfa_activate_totp"
    ),
    path("account/second-factor/codes/remove/", signed_in(codes.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/recovery-codes/", signed_in(web.recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/new/",
        signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/recovery-codes/file/",
        signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("account/passkeys/", or_account_elsewhere(signed_in(passkeys.list_webauthn)), name="mfa_list_webauthn"),
    path("account/passkeys/add/", or_account_elsewhere(signed_in(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path("account/passkeys/again/", signed_in(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("account/passkeys/enter/", or_elsewhere(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("account/passkeys/<int:pk>/", signed_in(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove/", signed_in(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
]

urlpatterns = [
    path("account/login/", or_elsewhere(allauth.login), name="account_login"),
    path("account/logout/", or_signed_out_elsewhere(allauth.logout), name="account_logout"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/signup/", allauth.signup, name="account_signup"),
    path("account/reauthenticate/", or_account_elsewhere(allauth.reauthenticate), name="account_reauthenticate"),
    path("account/email/", allauth.email, name="account_email"),
    path("account/confirm-email/", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", allauth.confirm_email, name="account_confirm_email"),
    path("account/password/change/", or_account_elsewhere(allauth.password_change), name="account_change_password"),
    path("account/password/set/", or_account_elsewhere(allauth.password_set), name="account_set_password"),
    path("account/password/reset/", or_account_elsewhere(allauth.password_reset), name="account_reset_password"),
    path("account/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        or_account_elsewhere(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/profile/", web.profile, name="account-profile"),
    path("account/tokens/", web.tokens, name="account-tokens"),
    path("account/tokens/<str:public_id>/revoke/", web.revoke_token, name="account-token-revoke"),
    path(".well-known/openid-configuration", endpoints.configuration, name="openid-configuration"),
    path("oidc/keys", endpoints.keys, name="oidc-keys"),
    path("oidc/authorize", signing_in.authorize, name="oidc-authorize"),
    path("oidc/consent", signing_in.consent, name="oidc-consent"),
    path("oidc/token", endpoints.token, name="oidc-token"),
    path("oidc/userinfo", endpoints.userinfo, name="oidc-userinfo"),
    path("oidc/introspect", endpoints.introspect, name="oidc-introspect"),
    path("oidc/revoke", endpoints.revoke, name="oidc-revoke"),
    path("oidc/end-session", signing_in.end_session, name="oidc-end-session"),
    path("oidc/leave", signing_in.leave, name="oidc-leave"),
    path("account/applications/", own_applications.own_applications, name="account-applications"),
    path(
        "account/applications/<str:public_id>/withdraw/", own_applications.withdraw, name="account-application-withdraw"
    ),
    path("desk/applications/", applications.applications, name="desk-applications"),
    path("desk/applications/new/", applications.new_application, name="desk-application-new"),
    path("desk/applications/<str:public_id>/", applications.application, name="desk-application"),
    path("desk/applications/<str:public_id>/secret/", applications.renew_secret, name="desk-application-secret"),
    path("desk/applications/<str:public_id>/close/", applications.close_application, name="desk-application-close"),
    path("account/sessions/", web.sessions, name="account-sessions"),
    path("account/sessions/end/", web.end_other_sessions, name="account-sessions-end"),
    path("account/sessions/<str:public_id>/end/", web.end_session, name="account-session-end"),
    *SECOND_FACTOR,
    path("account/elsewhere/", elsewhere.go, name="account-elsewhere"),
    path("account/elsewhere/return/", elsewhere.come_back, name="account-elsewhere-return"),
    path("account/elsewhere/ended/", elsewhere.ended, name="account-elsewhere-ended"),
    path("desk/sign-on/<str:public_id>/", drifts.drift, name="desk-drift"),
    path("desk/sign-on/<str:public_id>/repair/", drifts.repair, name="desk-drift-repair"),
    path("desk/sign-on/<str:public_id>/adopt/", drifts.adopt, name="desk-drift-adopt"),
]
