# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import ast
import re
import subprocess

from tests.architecture.sources import APPS, ROOT, SOURCE, functions, python_files, short, tree

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
VAGUE = {"utils", "util", "helpers", "helper", "core", "common", "manager", "managers", "data", "misc"}
OURS = [SOURCE, ROOT / "tests", ROOT / "bench"]
# Names of this workplace and of registries; written apart so that this file does not hold them.
PLACES = re.compile("|".join(["/wo" + "rk/", "py" + r"pi\.org", "files\\.python" + "hosted", "registry\\.npm" + "js"]))


def test_modules_stay_short():
    long = {short(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_functions_stay_short():
    long = {
        f"{short(path)}:{function.name}": function.end_lineno - function.lineno + 1
        for path in python_files()
        for function in functions(path)
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_names_of_modules_say_something():
    assert [
        short(path) for path in python_files(*OURS) if VAGUE & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    ] == []


def test_every_source_file_says_its_licence():
    kinds = ("*.py", "*.css", "*.js", "*.html")
    files = [path for folder in OURS for kind in kinds for path in folder.rglob(kind)]
    files += [ROOT / "run", ROOT / "test", ROOT / "set-up.sh", ROOT / ".ci" / "run"]
    # What is fetched (wheels) or written on the machine (.env) is no part of it, and a locked file holds what a tool wrote.
    known = subprocess.run(["git", "ls-files", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files += [ROOT / name for name in known.splitlines() if not name.endswith("requirements.txt")]
    assert [
        short(path) for path in files if "SPDX-License-Identifier: AGPL-3.0-or-later" not in path.read_text()[:300]
    ] == []


def test_every_app_says_in_one_sentence_what_it_owns():
    lines = {name: (ast.get_docstring(tree(SOURCE / name / "__init__.py")) or "").count("\n") for name in APPS}
    empty = [name for name in APPS if not ast.get_docstring(tree(SOURCE / name / "__init__.py"))]
    assert (empty, {name: count for name, count in lines.items() if count}) == ([], {})


def test_nothing_names_a_path_of_a_machine_or_a_registry():
    kinds = ("*.py", "*.html", "*.js", "*.css", "*.txt", "*.toml", "*.md", "*.po", "*.sh")
    files = [
        path for folder in [*OURS, ROOT / "docs", ROOT / "deploy"] for kind in kinds for path in folder.rglob(kind)
    ]
    # In a worktree `.git` is a file that says where the repository is; it is not part of it.
    files += [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    assert [short(path) for path in files if PLACES.search(path.read_text(errors="ignore"))] == []
