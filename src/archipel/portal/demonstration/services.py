# SPDX-License-Identifier: AGPL-3.0-or-later
"""What L'Escale offers, in both languages. Names, prices and persons are invented."""

from __future__ import annotations

from typing import Any

from archipel.catalogue.operations import QuestionGiven, TierGiven

GIGABYTE = 10**9

SOLIDARITY = {
    "fr": "Vous choisissez votre niveau, **sans justificatif**. Ce que certaines associations ne peuvent pas payer, d’autres le complètent : le prix de soutien et les dons couvrent les niveaux réduit et gratuit.",
    "en": "You choose your level, **no proof asked**. What some associations cannot pay, others make up for: sustaining prices and gifts cover the reduced and free levels.",
}
# Where there are no levels to choose from.
TALKED_OVER = {
    "fr": "Le prix ne doit arrêter personne : **dites-nous ce que vous pouvez**, on trouve ensemble. Les dons et les prix de soutien complètent.",
    "en": "The price should stop nobody: **tell us what you can pay**, we find a way together. Gifts and sustaining prices make up the rest.",
}
FREE_FOR_ALL = {
    "fr": "C’est gratuit pour tout le monde : les adhésions et les dons paient les machines.",
    "en": "It is free for everybody: memberships and gifts pay for the machines.",
}
SUPPORT = {
    "fr": "Vous écrivez, une personne répond, en général sous deux jours. Pas de permanence la nuit ni le dimanche.",
    "en": "You write, a person answers, usually within two days. Nobody is on duty at night or on Sundays.",
}
SEPARATION = {
    "fr": "Un bouton prépare un fichier avec toutes vos données, dans des formats documentés, avec leurs sommes de contrôle. Elles restent ensuite 60 jours ; puis deux personnes confirment l’effacement et vous en recevez la preuve. Partir ne coûte rien.",
    "en": "One button prepares a file with all your data, in documented formats, with checksums. They then stay 60 days; after that two persons confirm the deletion and you receive a proof. Leaving costs nothing.",
}
STOP_USING = {
    "fr": "Cessez de vous en servir quand vous voulez. Ce que vous y avez écrit se télécharge depuis le service lui-même. Partir ne coûte rien.",
    "en": "Stop using it when you want. What you wrote there is downloaded from the service itself. Leaving costs nothing.",
}
NOT_INCLUDED = {
    "fr": "- Le nom de domaine, environ 15 € par an chez un bureau d’enregistrement.\n- Le déménagement de vos anciens contenus : le mode d’emploi est là, et nous répondons à vos questions.",
    "en": "- The domain name, about €15 a year at a registrar.\n- Moving your former contents: the instructions are there, and we answer your questions.",
}
TERMS = {
    "fr": "## Ce que nous faisons\nNous hébergeons vos contenus sur nos machines, en France. Nous ne les lisons pas, sauf si vous le demandez ou si la loi nous y oblige.\n\n## Ce que vous faites\nVous publiez ce que vous avez le droit de publier. Vous nous dites qui est votre personne référente, et quand cela change.\n\n## Sauvegardes\nUne copie par nuit, gardée 30 jours, dans une autre ville.\n\n## Partir\nQuand vous voulez, avec toutes vos données, sans frais. L’effacement est confirmé par deux personnes.\n\n## Différends\nNous en parlons d’abord ensemble. Le droit français s’applique.",
    "en": "## What we do\nWe host your contents on our machines, in France. We do not look at them, unless you ask or the law obliges us to.\n\n## What you do\nYou publish what you have the right to publish. You tell us who your referent is, and when that changes.\n\n## Back-ups\nOne copy a night, kept 30 days, in another town.\n\n## Leaving\nWhen you want, with all your data, at no cost. Deletion is confirmed by two persons.\n\n## Disputes\nWe talk first. French law applies.",
}

# The cloud is opened by a person: these are the lines they tick, one after the other.
BY_HAND = {
    "fr": {
        "opening_steps": "Créer le groupe de l’organisation dans Nextcloud\nLui donner la place convenue\nDonner l’accès à l’application, sur la page de l’organisation",
        "deletion_steps": "Effacer le dossier du groupe\nEffacer le groupe",
    },
    "en": {
        "opening_steps": "Create the organisation's group in Nextcloud\nGive it the room that was agreed\nGive access to the application, on the organisation's page",
        "deletion_steps": "Delete the group's folder\nDelete the group",
    },
}


def _texts(
    name: tuple[str, str],
    summary: tuple[str, str],
    purpose: tuple[str, str],
    solidarity: dict[str, str] = SOLIDARITY,
    more: dict[str, dict[str, str]] | None = None,
) -> dict[str, dict[str, str]]:
    return {
        language: {
            "name": name[place], "summary": summary[place], "purpose": purpose[place], "solidarity": solidarity[language],
            "not_included": NOT_INCLUDED[language], "support": SUPPORT[language], "separation": SEPARATION[language],
            **(more or {}).get(language, {}),
        }
        for place, language in enumerate(("fr", "en"))
    }  # fmt: skip


def _open_texts(name: tuple[str, str], summary: tuple[str, str], purpose: tuple[str, str]) -> dict[str, dict[str, str]]:
    """Return the texts of a service that is used at once: no price, no domain name, nothing to hand back."""
    texts = _texts(name, summary, purpose, FREE_FOR_ALL)
    return {language: texts[language] | {"separation": STOP_USING[language], "not_included": ""} for language in texts}


def _yearly(amount: int | None, euros: int, **more: Any) -> TierGiven:
    full = euros * 100
    return TierGiven(
        amount=amount,
        pricing="yearly",
        full_cents=full,
        reduced_cents=full // 2,
        sustaining_cents=full * 3 // 2,
        free_level=True,
        **more,
    )


# One dictionary a service: what `create_service` takes, then state, offer (membership needed, tiers) and questions.
SERVICES: list[dict[str, Any]] = [
    {
        "slug": "site", "access": "request", "intake": "always", "state": "open", "connector": "websites", "counted": "bytes", "icon": "site",
        "software": "Archipel", "licence": "AGPL-3.0-or-later", "replaces": "Wix, Google Sites", "for_individuals": True,
        "texts": _texts(
            ("Site", "Website"), ("un site simple, à votre adresse", "a simple site, at your address"),
            ("Vous fabriquez vos pages avec l’outil de votre choix, nous les publions. Chaque version est gardée : un bouton suffit pour revenir en arrière.",
             "You make your pages with the tool of your choice, we publish them. Each version is kept: one button goes back.")),
        "membership": True, "tiers": [_yearly(5 * GIGABYTE, 60), _yearly(20 * GIGABYTE, 120)],
        "questions": [
            QuestionGiven(key="today", kind="text", labels={"fr": "Où est votre site aujourd’hui ?", "en": "Where is your site today?"},
                          helps={"fr": "Nulle part est une bonne réponse.", "en": "Nowhere is a good answer."}),
            QuestionGiven(key="tool", kind="choice", labels={"fr": "Avec quoi ferez-vous vos pages ?", "en": "What will you make your pages with?"},
                          choices=[{"fr": "Je ne sais pas encore", "en": "I do not know yet"}, {"fr": "Un générateur de site", "en": "A site generator"},
                                   {"fr": "À la main", "en": "By hand"}]),
        ],
    },
    {
        "slug": "nuage", "access": "request", "intake": "waves", "state": "open", "counted": "bytes", "icon": "cloud",
        "software": "Nextcloud", "licence": "AGPL-3.0", "replaces": "Google Drive, Dropbox, OneDrive", "for_individuals": False,
        "texts": _texts(
            ("Nuage", "Cloud"), ("fichiers, agendas et contacts", "files, calendars and contacts"),
            ("Les fichiers, les agendas et les contacts de votre association, au même endroit. Ils appartiennent à l’association, et non à la personne qui avait ouvert le compte.",
             "Your association's files, calendars and contacts in one place. They belong to the association, not to the person who opened the account."),
            more=BY_HAND),
        "membership": True, "tiers": [_yearly(20 * GIGABYTE, 120), _yearly(50 * GIGABYTE, 190), _yearly(100 * GIGABYTE, 320)],
        "questions": [QuestionGiven(key="people", kind="number", required=True, labels={"fr": "Combien de personnes s’en serviront ?", "en": "How many people will use it?"},
                                    helps={"fr": "À peu près.", "en": "Roughly."})],
    },
    {
        "slug": "courriel", "access": "request", "intake": "always", "state": "full", "counted": "accounts", "icon": "mail",
        "software": "Postfix, Dovecot", "replaces": "Gmail, Outlook", "for_individuals": False,
        "texts": _texts(
            ("Courriel", "Mail"), ("à votre nom de domaine", "at your domain name"),
            ("Des boîtes à votre nom de domaine, des redirections et un agenda.", "Mailboxes at your domain name, redirections and a calendar."), TALKED_OVER),
        "membership": True, "tiers": [TierGiven(amount=10, pricing="included")], "questions": [],
    },
    {
        "slug": "videos", "access": "request", "intake": "waves", "state": "trial", "counted": "bytes", "icon": "video",
        "software": "PeerTube", "licence": "AGPL-3.0", "replaces": "YouTube, Vimeo", "for_individuals": False,
        "texts": _texts(
            ("Vidéos", "Videos"), ("une chaîne, et le direct", "a channel, and live"),
            ("Vos films et vos réunions publiques, sans publicité ni pistage.", "Your films and public meetings, without advertising or tracking."), TALKED_OVER),
        "membership": True, "tiers": [TierGiven(amount=20 * GIGABYTE, pricing="to_be_agreed")], "questions": [],
    },
    {
        "slug": "lettre", "access": "request", "intake": "always", "state": "considered", "counted": "recipients", "icon": "letter",
        "software": "Listmonk", "licence": "AGPL-3.0", "replaces": "Mailchimp, Brevo", "for_individuals": False,
        "texts": _texts(
            ("Lettre", "Newsletter"), ("écrire à vos adhérent·es", "write to your members"),
            ("Une lettre d’information sans pistage.", "A newsletter without tracking.")),
        "membership": True, "tiers": [_yearly(500, 40)], "questions": [],
    },
    {
        "slug": "discussion", "access": "members", "intake": "always", "state": "open", "icon": "chat",
        "software": "Mattermost", "replaces": "Discord, Slack", "for_individuals": True, "link": "https://discussion.lescale.example/",
        "texts": _texts(("Discussion", "Chat"), ("salons de groupe", "group rooms"), ("Des salons pour votre équipe.", "Rooms for your team."), TALKED_OVER),
        "membership": True, "tiers": [TierGiven(amount=None, pricing="included")], "questions": [],
    },
    {
        "slug": "dates", "access": "account", "intake": "always", "state": "open", "icon": "calendar",
        "software": "Framadate", "replaces": "Doodle", "for_individuals": True, "link": "https://dates.lescale.example/",
        "texts": _open_texts(("Dates", "Dates"), ("trouver un jour ensemble", "find a day together"), ("Un sondage de dates.", "A poll of dates.")),
        "membership": False, "tiers": [TierGiven(amount=None, pricing="free")], "questions": [],
    },
    {
        "slug": "visio", "access": "open", "intake": "always", "state": "open", "icon": "video",
        "software": "Jitsi Meet", "licence": "Apache-2.0", "replaces": "Zoom, Teams", "for_individuals": True, "link": "https://visio.lescale.example/",
        "texts": _open_texts(("Visio", "Video calls"), ("se réunir à 40, dans le navigateur", "meetings of 40, in the browser"),
                        ("Ouvrez la page, c’est prêt.", "Open the page, it is ready.")),
        "membership": False, "tiers": [TierGiven(amount=None, pricing="free")], "questions": [],
    },
    {
        "slug": "bloc-notes", "access": "open", "intake": "always", "state": "open", "icon": "pad",
        "software": "Etherpad", "licence": "Apache-2.0", "replaces": "Google Docs", "for_individuals": True, "link": "https://notes.lescale.example/",
        "texts": _open_texts(("Bloc-notes", "Notepad"), ("écrire à plusieurs", "write together"), ("Un texte, plusieurs mains.", "One text, several hands.")),
        "membership": False, "tiers": [TierGiven(amount=None, pricing="free")], "questions": [],
    },
]  # fmt: skip
