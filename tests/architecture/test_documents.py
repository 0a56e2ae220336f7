# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documents say what the code has: commands, settings, words; and nothing is there that nobody uses."""

from __future__ import annotations

import re
from collections import Counter

from tests.architecture.sources import APPS, ORDER, ROOT, SOURCE, app_of, python_files, short

OPERATING = ROOT / "docs" / "operating" / "README.md"
VARIABLE = re.compile(r"""["'](ARCHIPEL_[A-Z0-9_]+|PORT|BIND)["']""")
# Read by tests and benches only: whoever operates a host never meets them.
OF_TESTS = {"ARCHIPEL_TEST_DATA", "ARCHIPEL_BENCH_CACHE"}
# Names that templates are looked for under by Django or a library, not by our code.
OF_LIBRARIES = re.compile(r"^(?:account/|allauth/|mfa/|django/|registration/|4\d\d(?:_csrf)?\.html|50[03]\.html)")


def test_every_command_is_in_the_operators_document():
    words = OPERATING.read_text()
    names = sorted(path.stem for path in SOURCE.glob("*/management/commands/*.py") if not path.stem.startswith("_"))
    assert [name for name in names if f"archipel {name.replace('_', '-')}" not in words] == []
    assert len(names) > 5


def test_every_variable_of_the_environment_is_in_the_operators_document():
    words = OPERATING.read_text()
    read = {name for path in python_files() for name in VARIABLE.findall(path.read_text())} - OF_TESTS
    assert sorted(name for name in read if not _documented(name, words)) == []


def _documented(name: str, words: str) -> bool:
    """``ARCHIPEL_S3_REGION`` may be written ``_REGION`` after its first sister."""
    if name.endswith("_"):
        return name in words
    return f"`{name}" in words or (
        name.startswith("ARCHIPEL_S3_") and f"`_{name.removeprefix('ARCHIPEL_S3_')}`" in words
    )


def test_every_template_is_used():
    templates = {
        str(path.relative_to(folder)): path
        for folder in SOURCE.glob("*/templates")
        for path in folder.rglob("*.*")
        if path.suffix in {".html", ".txt"}
    }
    source = "\n".join(path.read_text() for path in [*python_files(), *templates.values(), ROOT / "pyproject.toml"])
    unused = [name for name in templates if not _used(name, source) and not OF_LIBRARIES.match(name)]
    assert sorted(unused) == []


def _used(name: str, source: str) -> bool:
    # Messages are named without their two files; stages of a form are named by a word put in.
    if "/emails/" in name and name.endswith(("/subject.txt", "/body.txt")):
        app, _, rest = name.partition("/emails/")
        return app == "identity" or f"{app}/{rest.split('/')[0]}" in source
    folder, _, file = name.rpartition("/")
    family = file.split("_")[0]
    # Named by a word put in: f"design/pictures/{name}.html", f"admissions/stage_{stage}.html".
    made = (f'f"{folder}/{{', f'f"{folder}/{family}_{{')
    return f'"{name}"' in source or f"'{name}'" in source or any(words in source for words in made)


def test_every_picture_script_and_style_is_used():
    source = "\n".join(
        path.read_text()
        for path in [*python_files(), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.css"), *SOURCE.rglob("*.js")]
    )
    files = [
        path
        for path in SOURCE.glob("*/static/**/*")
        if path.is_file() and path.suffix not in {".md", ".txt", ".license"}
    ]
    assert [short(path) for path in files if path.name not in source and path.stem not in source] == []


def _glossary() -> list[list[str]]:
    rows = [
        line.strip().strip("|").split(" | ")
        for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    return [[cell.strip() for cell in row] for row in rows]


def test_every_word_of_the_glossary_is_said_once_in_both_languages():
    rows = _glossary()
    assert [row for row in rows if len(row) != 4 or not all(row)] == []
    for column in (0, 1, 2):
        assert [word for word, times in Counter(row[column] for row in rows).items() if times > 1] == []


def test_every_model_is_a_word_of_the_glossary():
    import django.apps

    words = {re.sub(r"[^a-z]", "", word) for row in _glossary() for word in re.findall(r"`([a-z_]+)`", row[0])}
    models = [model for model in django.apps.apps.get_models() if model.__module__.startswith("archipel.")]
    assert sorted(model.__name__ for model in models if model.__name__.lower() not in words) == []


def test_every_decision_has_its_number_once():
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert [number for number, times in Counter(numbers).items() if times > 1 or not number.isdigit()] == []


def test_every_path_a_document_names_exists():
    places = "|".join([*APPS, "config", "connectors"])
    named = re.compile(rf"`((?:src|tests|docs|bench|deploy|{places})/[\w./-]+)`")
    missing = {
        f"{short(path)}: {name}"
        for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
        for name in named.findall(path.read_text())
        if not ((ROOT / name).exists() or (SOURCE / name).exists() or list(SOURCE.glob(f"*/templates/{name}")))
    }
    assert missing == set()


def test_order_of_the_apps_is_the_one_of_the_import_contract():
    layers = re.search(r"name = Apps import.*?layers =\n(.*?)\n\n", (ROOT / ".importlinter").read_text(), re.DOTALL)
    assert layers
    names = [name.strip() for line in layers[1].splitlines() for name in line.split("|")]
    assert [name for name in names if name and not name.startswith("(")] == ORDER
    assert {app_of(path) for path in python_files()} - {"__init__.py", "__main__.py"} == {*APPS, "config", "connectors"}
