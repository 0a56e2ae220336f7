# SPDX-License-Identifier: AGPL-3.0-or-later
from django.urls import path

from archipel.design import web

app_name = "design"
urlpatterns = [path("design/", web.components, name="components")]
