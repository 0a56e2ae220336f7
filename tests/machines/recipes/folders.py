# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small recipes written for the tests: one in our own format, one in Co-op Cloud's shape, changed as a test likes."""

from __future__ import annotations

from pathlib import Path

from archipel.machines.recipes.findings import Notebook, RecipeRefused
from archipel.machines.recipes.located import Table, read_yaml
from archipel.machines.recipes.recipe import Recipe
from archipel.machines.recipes.shelf import read_recipe

RECIPE = """\
format: 1
name: Carnet
description: {en: A notebook., fr: Un carnet.}
licence: AGPL-3.0-only
source: https://carnet.example/source
versions:
  - version: "1.0"
    images: {app: "carnet:1.0"}
  - version: "2.0"
    images: {app: "carnet:2.0"}
survives:
  words: {en: The latest back-up., fr: La dernière sauvegarde.}
memory: 64M
secrets:
  key: {}
given:
  client_secret: if any
settings:
  COLOUR:
    default: green
    choices: [green, blue]
    description: {en: Colour., fr: Couleur.}
route: {service: app, port: 8000}
hooks:
  health: {service: app, command: [look]}
"""

COMPOSE = """\
version: "3.9"
services:
  app:
    image: ${IMAGE_APP}
    environment:
      COLOUR: ${COLOUR}
      NAME: ${TITLE}
    secrets: [key, client_secret]
    volumes: ["notes:/notes"]
    networks: [front]
    cap_drop: [ALL]
    healthcheck: {test: [CMD, look], interval: 10s, timeout: 5s, retries: 3, start_period: 30s}
    deploy:
      resources:
        limits: {memory: 128M, cpus: "0.5", pids: 50}
        reservations: {memory: 64M}
volumes:
  notes: {}
networks:
  front: {external: true, name: archipel-front}
secrets:
  key: {external: true}
  client_secret: {external: true}
"""

COOP_COMPOSE = """\
---
version: "3.8"
x-env: &shared
  DB_HOST: db
services:
  app:
    image: registry.example/jardin:1.4.2
    depends_on: [db]
    environment:
      <<: *shared
      DOMAIN: ${DOMAIN}
      COLOUR: ${COLOUR:-green}
      KEY_FILE: /run/secrets/app_key
    networks: [proxy, internal]
    secrets: [app_key]
    configs:
      - source: settings
        target: /etc/jardin.ini
        mode: 0444
    volumes:
      - seeds:/var/lib/jardin
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:3000"]
      interval: 30s
    deploy:
      restart_policy:
        condition: on-failure
      labels:
        - "traefik.enable=true"
        - "traefik.http.services.${STACK_NAME}.loadbalancer.server.port=3000"
        - "traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})"
        - "traefik.http.routers.${STACK_NAME}.entrypoints=web-secure"
        - "coop-cloud.${STACK_NAME}.version=2.0.0+1.4.2"
        - "backupbot.backup=true"
  db:
    image: mariadb:10.11
    networks: [internal]
    secrets: [db_password]
    volumes:
      - rows:/var/lib/mysql
networks:
  proxy:
    external: true
  internal:
volumes:
  seeds:
  rows:
secrets:
  app_key:
    external: true
    name: ${STACK_NAME}_app_key_${SECRET_APP_KEY_VERSION}
  db_password:
    external: true
    name: ${STACK_NAME}_db_password_${SECRET_DB_PASSWORD_VERSION}
configs:
  settings:
    name: ${STACK_NAME}_settings_${SETTINGS_VERSION}
    file: jardin.ini.tmpl
    template_driver: golang
"""

COOP_SAMPLE = """\
TYPE=jardin
DOMAIN=jardin.example.com
## Domain aliases
#EXTRA_DOMAINS=', `www.jardin.example.com`'
LETS_ENCRYPT_ENV=production

# Colour of the gate
#COLOUR=blue
WELCOME="Bonjour à tous"   # said on the front page

SECRET_APP_KEY_VERSION=v1   # length=64 charset=hex
SECRET_DB_PASSWORD_VERSION=v2
"""

COOP_TEMPLATE = """\
host = {{ env "DOMAIN" }}
{{- if eq (env "COLOUR") "green" }}
green = yes
{{- else }}
green = no
{{- end }}
"""

COOP_EXPORTS = """\
#!/bin/bash
export SETTINGS_VERSION=v3
backup() {
  echo nothing
}
"""


def written(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a recipe and return its folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def own(folder: Path, recipe: str = RECIPE, compose: str = COMPOSE, **more: str) -> Recipe:
    """Return a recipe of our own format, read from the folder it is written to."""
    return read_recipe(written(folder / "carnet", {"recipe.yml": recipe, "compose.yml": compose, **more}))


def coop(folder: Path, compose: str = COOP_COMPOSE, sample: str = COOP_SAMPLE, **more: str) -> Recipe:
    """Return a recipe in Co-op Cloud's shape."""
    files = {"compose.yml": compose, ".env.sample": sample, "jardin.ini.tmpl": COOP_TEMPLATE, "abra.sh": COOP_EXPORTS}
    return read_recipe(written(folder / "jardin", files | more))


def tree(text: str, file: str = "compose.yml") -> Table:
    return read_yaml(text.encode(), file)


def noted(notebook: Notebook) -> list[str]:
    """Return what was noted but read, ``place key: words`` with ``!`` before errors."""
    return [("! " if one.error else "") + str(one) for one in notebook.findings if one.group != "read"]


def errors(recipe: Recipe) -> list[str]:
    return [str(finding) for finding in recipe.errors]


def words_of(refusal: RecipeRefused) -> list[str]:
    return [finding.words for finding in refusal.findings]
