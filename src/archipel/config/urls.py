# SPDX-License-Identifier: AGPL-3.0-or-later
"""Root addresses: each app owns its own."""

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from archipel.config.api import api

# Looked for by django-allauth when somebody asks too often.
handler429 = "archipel.identity.web.account.too_many"
handler500 = "archipel.config.broken.broken"

urlpatterns = [
    # Exempt: choosing a language for somebody harms nobody, and public pages then need no cookie at all.
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("api/", api.urls),
    path("", include("archipel.host.urls")),
    path("", include("archipel.design.urls")),
    path("", include("archipel.mailing.urls")),
    path("", include("archipel.procedures.urls")),
    path("", include("archipel.identity.urls")),
    path("", include("archipel.organisations.urls")),
    path("", include("archipel.conversations.urls")),
    path("", include("archipel.catalogue.urls")),
    path("", include("archipel.agreements.urls")),
    path("", include("archipel.machines.urls")),
    path("", include("archipel.machines.urls_places")),
    path("", include("archipel.spaces.urls_backups")),
    path("", include("archipel.spaces.urls")),
    path("", include("archipel.admissions.urls")),
    path("", include("archipel.portal.urls")),
]
