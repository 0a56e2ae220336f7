# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases as ``deploy/release`` makes them, and next ones that are broken on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What breaks a release, as words put at the end of a file below src/archipel.
BREAKS_MIGRATION = {
    "outbox/migrations/0900_broken.py": """
from django.db import migrations

def break_it(apps, schema_editor):
    apps.get_model("outbox", "Job").objects.all().delete()
    raise RuntimeError("broken on purpose")

class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [migrations.RunPython(break_it)]
"""
}
# Lives, and changes the database for good; but no page comes.
BREAKS_PAGES = {
    "outbox/migrations/0900_later.py": """
from django.db import migrations, models

def lose(apps, schema_editor):
    apps.get_model("host", "Host").objects.update(name="broken")

class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("host", "0001_initial")]
    operations = [
        migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunPython(lose),
    ]
""",
    "config/hosts.py": """
def is_portal(host_header: str) -> bool:
    raise RuntimeError("broken on purpose")
""",
}
BREAKS_START = {"config/web.py": "\nraise RuntimeError('broken on purpose')\n"}


def first_release(folder: Path, version: str) -> Path:
    """Make a release with the script, from wheels that were fetched before."""
    subprocess.run([ROOT / "deploy" / "build"], env=os.environ | {"IMAGES": ""}, check=True, capture_output=True)
    wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(ROOT / "deploy" / "image" / "wheels")}
    environment = os.environ | wheels | {"ARCHIPEL_VERSION": version}
    for name in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    done = subprocess.run(
        [ROOT / "deploy" / "release", str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / version


def next_release(former: Path, version: str, changed: dict[str, str]) -> Path:
    """Make a release like another one but for what is changed; packages are taken from the other one."""
    made = former.with_name(version)
    made.mkdir()
    for name in ("src", "built", "deploy"):
        shutil.copytree(former / name, made / name)
    (made / "VERSION").write_text(version)
    for name, words in changed.items():
        path = made / "src" / "archipel" / name
        path.write_text((path.read_text() if path.exists() else "") + words)
    programs = made / "venv" / "bin"
    programs.mkdir(parents=True)
    start = f'#!/bin/sh\nPYTHONPATH="{made}/src" exec "{former}/venv/bin/python"'
    (programs / "python").write_text(f'{start} "$@"\n')
    (programs / "archipel").write_text(f'{start} -m archipel "$@"\n')
    for path in programs.iterdir():
        path.chmod(0o755)
    return made
