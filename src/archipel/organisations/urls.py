# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.organisations.web import applications, desk, imports, invitation, lists, people, resets

urlpatterns = [
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("invitation/<str:token>/ask/", invitation.ask_again, name="invitation-ask"),
    path("invitations/<str:public_id>/", invitation.of_mine, name="invitation-of-mine"),
    path("invitations/<str:public_id>/resend/", people.resend, name="invitation-resend"),
    path("invitations/<str:public_id>/withdraw/", people.withdraw, name="invitation-withdraw"),
    path("organisations/<str:public_id>/people/", people.people, name="organisation-people"),
    path("organisations/<str:public_id>/people/<str:person_id>/", people.member, name="organisation-member"),
    path("organisations/<str:public_id>/people/<str:person_id>/remove/", people.remove, name="organisation-remove"),
    path(
        "organisations/<str:public_id>/people/<str:person_id>/<str:role>/end/",
        people.end_role,
        name="organisation-end-role",
    ),
    path("organisations/<str:public_id>/history/", people.organisation_history, name="organisation-history"),
    path("organisations/<str:public_id>/history.csv", people.history_csv, name="organisation-history-csv"),
    path("desk/organisations/", desk.organisations, name="desk-organisations"),
    path("desk/organisations/<str:public_id>/", desk.organisation, name="desk-organisation"),
    path("desk/organisations/<str:public_id>/facts/", desk.facts, name="desk-organisation-facts"),
    path("desk/organisations/<str:public_id>/merge/", desk.merge, name="desk-organisation-merge"),
    path("desk/people/", desk.people, name="desk-people"),
    path("desk/people/<str:public_id>/", desk.person, name="desk-person"),
    path("desk/people/<str:public_id>/close/", desk.close_account, name="desk-person-close"),
    path("desk/people/<str:public_id>/reopen/", desk.reopen_account, name="desk-person-reopen"),
    path("desk/people/<str:public_id>/merge/", desk.merge_person, name="desk-person-merge"),
    path("organisations/<str:public_id>/people.csv", people.people_csv, name="organisation-people-csv"),
    path("organisations/<str:public_id>/invitations/", lists.invite_many, name="organisation-invite-many"),
    path("organisations/<str:public_id>/applications/", applications.of_organisation, name="organisation-applications"),
    path(
        "organisations/<str:public_id>/applications/<str:access_id>/",
        applications.application,
        name="organisation-application",
    ),
    path(
        "organisations/<str:public_id>/people/<str:person_id>/applications/<str:access_id>/",
        applications.personal,
        name="organisation-personal-access",
    ),
    path(
        "organisations/<str:public_id>/people/<str:person_id>/second-factor/",
        resets.ask,
        name="organisation-reset-ask",
    ),
    path("organisations/<str:public_id>/resets/<str:reset_id>/", resets.reset, name="organisation-reset"),
    path("second-factor/<str:token>/", resets.cancel, name="reset-cancel"),
    path("desk/resets/<str:reset_id>/", resets.for_desk, name="desk-reset"),
    path(
        "desk/organisations/<str:public_id>/people/<str:person_id>/second-factor/",
        resets.begin_at_desk,
        name="desk-reset-begin",
    ),
    path(
        "desk/organisations/<str:public_id>/applications/",
        applications.for_desk,
        name="desk-organisation-applications",
    ),
    path(
        "desk/organisations/<str:public_id>/applications/<str:access_id>/close/",
        applications.take_back,
        name="desk-organisation-application-close",
    ),
    path("desk/imports/", imports.imports, name="desk-imports"),
    path("desk/imports/names/", imports.account_names, name="desk-account-names"),
    path("desk/imports/templates/<str:kind>.csv", imports.import_template_csv, name="desk-import-template"),
    path("desk/imports/<str:public_id>/", imports.import_page, name="desk-import"),
    path("desk/imports/<str:public_id>/problems.csv", imports.import_problems_csv, name="desk-import-problems"),
    path("desk/imports/<str:public_id>/<str:act>/", imports.import_act, name="desk-import-act"),
]
