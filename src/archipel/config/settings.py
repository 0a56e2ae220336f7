# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings read from the environment; what a host decides in its pages lives in ``host``, not here.

``ARCHIPEL_DATA`` folder of everything written · ``ARCHIPEL_DATABASE`` ``postgresql://…`` (SQLite when absent) ·
``ARCHIPEL_MODE`` ``demonstration`` or ``real`` · ``PORT``, ``BIND`` · ``ARCHIPEL_S3_*`` the store of websites.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from archipel.config.database import cache, databases_for
from archipel.config.mode import is_demonstration
from archipel.config.proxy import certificate_authority
from archipel.config.secret_files import read_secret_files
from archipel.kernel.keys import ensure_keys

read_secret_files()

BASE = Path(__file__).resolve().parents[3]
ARCHIPEL_DATA = Path(os.environ.get("ARCHIPEL_DATA") or BASE / "var").absolute()
ARCHIPEL_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
# Where texts and static files were built with the code (an image, a release); None: they are made in the data folder.
BUILT = Path(os.environ["ARCHIPEL_BUILT"]) if os.environ.get("ARCHIPEL_BUILT") else None
DEMONSTRATION = is_demonstration(ARCHIPEL_DATA, os.environ.get("ARCHIPEL_MODE", ""))
PORT = int(os.environ.get("PORT") or 8000)
BIND = os.environ.get("BIND") or "127.0.0.1"

SECRET_KEY = ensure_keys(ARCHIPEL_DATA / "keys")
DEBUG = os.environ.get("ARCHIPEL_DEBUG") == "1"
# The names this installation answers to are those of its host, read from the database by ``config.hosts`` before
# Django sees the request; Django's own list would freeze them at start-up.
ALLOWED_HOSTS = ["*"]
DATABASES = databases_for(
    os.environ.get("ARCHIPEL_DATABASE", ""), ARCHIPEL_DATA, os.environ.get("ARCHIPEL_DATABASE_PASSPHRASE", "")
)
DATABASE_ROUTERS = ["archipel.config.database.CacheRouter"]
CACHES = cache()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "archipel.portal",
    "archipel.admissions",
    "archipel.spaces",
    "archipel.machines",
    "archipel.agreements",
    "archipel.catalogue",
    "archipel.conversations",
    "archipel.organisations",
    "archipel.identity",
    "archipel.procedures",
    "archipel.mailing",
    "archipel.design",
    "archipel.host",
    "archipel.history",
    "archipel.outbox",
    # After ours: an app named earlier gives its templates first.
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "archipel.config.observing.RouteName",
    "archipel.config.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "archipel.config.middleware.NotSetUp",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "archipel.config.middleware.SeenSessions",
    "archipel.config.middleware.RefusalPages",
]

ROOT_URLCONF = "archipel.config.urls"
WSGI_APPLICATION = "archipel.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "archipel.host.pages.host_of_page",
            ],
            "builtins": ["django.templatetags.i18n", "archipel.design.templatetags.design"],
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Of accounts that came from other software; replaced by the first at the next sign-in.
    "archipel.identity.hashers.KeptBcrypt",
    "archipel.identity.hashers.KeptPBKDF2",
    "archipel.identity.hashers.Wrapped",
]
SESSION_ENGINE = "archipel.identity.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "archipel.identity.passphrases.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "archipel.identity.passphrases.NotCommon"},
    {"NAME": "archipel.identity.passphrases.NotAboutThePerson"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/home/"
ACCOUNT_ADAPTER = "archipel.identity.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
# Each writes to an address that somebody typed: few an hour to one address, and from one account.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/h/key", "manage_email": "30/h/user"}
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "homepage"
ACCOUNT_FORMS = {
    "login": "archipel.identity.forms.LoginForm",
    "signup": "archipel.identity.forms.SignupForm",
    "add_email": "archipel.identity.forms.AddEmailForm",
    "change_password": "archipel.identity.forms.ChangePasswordForm",
    "set_password": "archipel.identity.forms.SetPasswordForm",
    "reset_password": "archipel.identity.forms.ResetPasswordForm",
    "reset_password_from_key": "archipel.identity.forms.ResetPasswordKeyForm",
    "reauthenticate": "archipel.identity.forms.ReauthenticateForm",
}
MFA_ADAPTER = "archipel.identity.mfa_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Nobody signs in before their main address is confirmed: one more address that waits for its link takes nothing away.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# As many as sign-ins by passphrase: an association has one address.
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_FORMS = {
    "authenticate": "archipel.identity.factor_forms.AuthenticateForm",
    "authenticate_webauthn": "archipel.identity.factor_forms.AuthenticatePasskeyForm",
    "reauthenticate": "archipel.identity.factor_forms.ReauthenticateForm",
    "reauthenticate_webauthn": "archipel.identity.factor_forms.ReauthenticatePasskeyForm",
    "activate_totp": "archipel.identity.factor_forms.ActivateTotpForm",
    "generate_recovery_codes": "archipel.identity.factor_forms.GenerateRecoveryCodesForm",
    "add_webauthn": "archipel.identity.factor_forms.AddPasskeyForm",
    "edit_webauthn": "archipel.identity.factor_forms.EditPasskeyForm",
    "login_webauthn": "archipel.identity.factor_forms.SignInPasskeyForm",
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [(BUILT or ARCHIPEL_DATA) / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
HOST_ZONE = os.environ.get("ARCHIPEL_ZONE") or "Europe/Paris"

STATIC_URL = "/static/"
STATIC_ROOT = (BUILT or ARCHIPEL_DATA) / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(ARCHIPEL_DATA / "files")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# The `__Host-` prefix makes a browser refuse these cookies from any other host name, a site hosted here included.
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
LANGUAGE_COOKIE_NAME = "__Host-language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY_OF_OURS = bool(os.environ.get("ARCHIPEL_CADDY")) and not DEMONSTRATION
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if BEHIND_PROXY_OF_OURS or os.environ.get("ARCHIPEL_BEHIND_PROXY") == "1"
    else None
)

TASKS = {"default": {"BACKEND": "archipel.outbox.backend.OutboxBackend", "QUEUES": []}}
OUTBOX_LEASE = float(os.environ.get("ARCHIPEL_LEASE") or 60)
OUTBOX_HEARTBEAT = min(10.0, OUTBOX_LEASE / 4)

EMAIL_BACKEND = "archipel.mailing.backend.MailingBackend"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 250
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

S3 = {
    key.removeprefix("ARCHIPEL_S3_").lower(): value
    for key, value in os.environ.items()
    if key.startswith("ARCHIPEL_S3_") and value and not key.endswith("_FILE")
}

# ``line`` for a terminal, ``json`` for what collects logs. Neither holds addresses, tokens or numbers of machines.
LOGS = "json" if os.environ.get("ARCHIPEL_LOGS") == "json" else "line"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "archipel.config.logs.Lines", "fmt": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "archipel.config.logs.JsonLines"},
    },
    "filters": {"links": {"()": "archipel.config.logs.HideLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOGS, "filters": ["links"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Each job that is done is said only to who looks for an error: a terminal must keep what matters in sight.
    "loggers": {
        "archipel": {"level": "DEBUG" if DEBUG else "INFO"},
        # One line for each request is for who collects them.
        "archipel.requests": {"level": "INFO" if LOGS == "json" else "WARNING"},
    },
}

# What the lower apps ask of the apps above, by name: the closed list of ports filled from above.
DESK_GATE = "archipel.organisations.access.desk_may"
PAGE_MENU = "archipel.portal.menu.menu_of_page"
SERVICE_ACT = "archipel.admissions.queries.act_for"
SOFTWARE_FACTS = "archipel.machines.recipe_facts.facts_of"
SPACE_CONNECTORS = {
    "websites": "archipel.config.sites.websites",
    "wordpress": "archipel.config.wordpress.wordpress",
}
# What runs containers, for the worker alone; and who knows which spaces live where.
ENGINE = "archipel.config.engine.engine"
SPACES_ON_MACHINES = "archipel.spaces.queries.machines.SpacesHere"
BACKUP_STORE = "archipel.config.backups.store"
# The name of the server that sends our mail, for the check of SPF; empty when none is set.
MAIL_SERVER = urlsplit(os.environ.get("ARCHIPEL_SMTP", "")).hostname or ""
# What stands before the spaces and speaks TLS (``ARCHIPEL_CADDY``); in the demonstration nothing does.
PROXY = "archipel.config.proxy.proxy"
# How it finds applications in containers: by the engine's names (it stands in their network) or by addresses (on the machine).
ROUTE_BY = os.environ.get("ARCHIPEL_ROUTE_BY") or "names"
if ROUTE_BY not in {"names", "addresses"}:
    raise ValueError("ARCHIPEL_ROUTE_BY must be names or addresses")
WEB_UPSTREAMS = (os.environ.get("ARCHIPEL_WEB") or f"127.0.0.1:{PORT}").split()
# Who gives certificates, by its name in CAA records; empty: nobody asks for one, so no record is looked at.
CERTIFICATE_AUTHORITY = certificate_authority() if BEHIND_PROXY_OF_OURS or DEMONSTRATION else ""
NAMES_LOOKUP = "archipel.config.names.names_lookup"
MAIL_SENDER = "archipel.config.mail.mail_sender"
MAILBOX_READER = "archipel.config.mail.mailbox_reader"
# What applications are told of a person beyond name and address, by claim; and who may let a person in.
CLAIMS_OF_PERSON = {
    "organisations": "archipel.organisations.claims.organisations_entered",
    "groups": "archipel.organisations.claims.groups_entered",
    "quota": "archipel.spaces.claims.quota_entered",
}
WHO_GIVES_ENTRY = "archipel.spaces.claims.who_gives_entry"
# What follows from the roles of an organisation above it, in the transaction that changes them.
ENTRIES_FOLLOW = "archipel.spaces.operations.entries.entries_follow"
BACKCHANNEL_LOGOUT = "archipel.config.sign_on.backchannel_logout"
# Where people sign in: ``builtin`` (Archipel) or ``keycloak``. In the demonstration nothing leaves.
SIGN_ON_KIND = "builtin" if DEMONSTRATION else os.environ.get("ARCHIPEL_SIGN_ON") or "builtin"
if SIGN_ON_KIND not in {"builtin", "keycloak"}:
    raise ValueError("ARCHIPEL_SIGN_ON must be builtin or keycloak")
KEYCLOAK = {key: os.environ.get(f"ARCHIPEL_KEYCLOAK_{key.upper()}", "") for key in ("url", "realm")}
SIGN_ON = "archipel.config.keycloak.sign_on"
SIGN_IN_ELSEWHERE = "archipel.config.keycloak.sign_in"
GROUPS_OF_PEOPLE = "archipel.organisations.queries.groups_of_people"
SECOND_FACTOR_NEEDED = "archipel.organisations.queries.people_needing_second_factor"
# What each app tells who watches over the installation (``/metrics``).
FIGURES = [
    "archipel.outbox.queries.figures",
    "archipel.procedures.queries.figures",
    "archipel.mailing.queries.figures",
    "archipel.spaces.queries.figures",
]
