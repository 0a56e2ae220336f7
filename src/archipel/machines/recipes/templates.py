# SPDX-License-Identifier: AGPL-3.0-or-later
"""Go templates of configurations (``template_driver: golang``): the part of the language that recipes use.

Read: text, ``{{ env "X" }}``, ``{{ secret "x" }}``, ``{{ config "x" }}``, ``.Service.Name``, words in quotes, whole numbers, ``true`` and
``false``, ``eq``, ``ne``, ``and``, ``or``, ``not``, brackets, ``if``, ``else if``, ``else``, ``end``, comments, and ``{{-``, ``-}}`` that eat the
blanks beside them. Everything else (pipelines, variables, ``range``, ``with``, what only the engine knows) is refused with its line.

Source: Go ``text/template``; the functions are those of Docker Swarm (``swarmkit/template``), where an unknown ``env`` is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from archipel.machines.recipes.findings import Place, Unreadable

ACTION = re.compile(r"\{\{(?P<left>-(?=\s))?(?P<inside>.*?)(?P<right>(?<=\s)-)?\}\}", re.DOTALL)
COMMENT = re.compile(r"/\*.*\*/", re.DOTALL)
TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)|(?P<number>-?\d+(?![\w.]))|(?P<sign>[()])|(?P<word>\.?[A-Za-z_][\w.]*))""",
    re.ASCII,
)
ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "\n", r"\t": "\t", r"\r": "\r"}
MOST_DEPTH = 20

Answer = str | int | bool


@dataclass(frozen=True)
class Context:
    """What a template may ask for: the variables of its container, its secrets and configurations by name, its service."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]
    configs: Mapping[str, str]
    service: str = ""


@dataclass(frozen=True)
class _Call:
    """A function with what it is given; ``name`` is ``word`` for a plain answer."""

    name: str
    given: tuple[_Call | Answer, ...]


@dataclass
class _Choice:
    """``if`` with its branches: (condition or None for ``else``, what it writes)."""

    branches: list[tuple[_Call | None, list[_Part]]]
    # Inside an ``else if``: closed by the same ``end``.
    line: int


_Part = str | _Call | _Choice


@dataclass(frozen=True)
class Template:
    """A template that was read. ``secrets`` and ``variables`` are the names it may ask for, whichever branch is taken."""

    parts: list[_Part]
    place: Place
    secrets: frozenset[str]
    variables: frozenset[str]
    configs: frozenset[str]

    def written(self, context: Context) -> str:
        """Return what the template writes; ``Unreadable`` when it asks for a secret that is not there."""
        return "".join(_write(part, context, self.place) for part in self.parts)


def read_template(source: str, file: str) -> Template:
    """Return a template; ``Unreadable`` with the line of the first thing that is not read."""
    parts = _Parser(source, file).parts()
    asked: dict[str, set[str]] = {"secret": set(), "env": set(), "config": set()}
    _ask(parts, asked)
    return Template(parts, Place(file), frozenset(asked["secret"]), frozenset(asked["env"]), frozenset(asked["config"]))


class _Parser:
    def __init__(self, source: str, file: str) -> None:
        self.source, self.file, self.line = source, file, 1

    def parts(self) -> list[_Part]:
        whole: list[_Part] = []
        # The lists being written, innermost last, each with the choice it belongs to.
        open_: list[tuple[list[_Part], _Choice | None]] = [(whole, None)]
        position, eat = 0, False
        for action in ACTION.finditer(self.source):
            words = self.source[position : action.start()]
            self._refuse_stray(words)
            self._add_words(open_[-1][0], words.lstrip() if eat else words, right=bool(action["left"]))
            self.line += words.count("\n")
            self._act(action["inside"].strip(), open_)
            self.line += action[0].count("\n")
            position, eat = action.end(), bool(action["right"])
        rest = self.source[position:]
        self._refuse_stray(rest)
        self._add_words(open_[-1][0], rest.lstrip() if eat else rest, right=False)
        if choice := open_[-1][1]:
            raise self._problem("this if has no end", choice.line)
        return whole

    @staticmethod
    def _add_words(parts: list[_Part], words: str, *, right: bool) -> None:
        if words := words.rstrip() if right else words:
            parts.append(words)

    def _refuse_stray(self, words: str) -> None:
        if "{{" in words:
            raise self._problem("{{ is never closed by }}", self.line + words[: words.index("{{")].count("\n"))

    def _act(self, inside: str, open_: list[tuple[list[_Part], _Choice | None]]) -> None:
        if COMMENT.fullmatch(inside):
            return
        word, _, rest = inside.partition(" ")
        if word == "if":
            self._if(rest, open_)
        elif word == "else":
            self._else(rest.strip(), open_)
        elif inside == "end":
            if open_.pop()[1] is None:
                raise self._problem("this end belongs to no if")
        else:
            open_[-1][0].append(self._call(inside))

    def _if(self, condition: str, open_: list[tuple[list[_Part], _Choice | None]]) -> None:
        if len(open_) > MOST_DEPTH:
            raise self._problem(f"more than {MOST_DEPTH} if in one another")
        choice = _Choice([(self._call(condition), [])], self.line)
        open_[-1][0].append(choice)
        open_.append((choice.branches[0][1], choice))

    def _else(self, rest: str, open_: list[tuple[list[_Part], _Choice | None]]) -> None:
        choice = open_.pop()[1]
        if choice is None or choice.branches[-1][0] is None:
            raise self._problem("this else belongs to no if")
        if rest and not rest.startswith("if "):
            raise self._problem("after else only if is read")
        choice.branches.append((self._call(rest.removeprefix("if ")) if rest else None, []))
        open_.append((choice.branches[-1][1], choice))

    def _call(self, inside: str) -> _Call:
        tokens = self._tokens(inside)
        call = self._expression(tokens, 0)
        if tokens:
            raise self._problem(f"“{inside[:60]}” is not read")
        return call

    def _tokens(self, inside: str) -> list[tuple[str, str]]:
        tokens, position, inside = [], 0, inside.rstrip()
        while position < len(inside):
            found = TOKEN.match(inside, position)
            if not found:
                raise self._problem(f"“{inside[:60]}” is not read: no pipelines, variables or other signs")
            kind = found.lastgroup or ""
            tokens.append((kind, found[kind]))
            position = found.end()
        return tokens

    def _expression(self, tokens: list[tuple[str, str]], depth: int) -> _Call:
        """Read one call up to a closing bracket or the end; the tokens read are taken off the list."""
        given: list[_Call | Answer] = []
        name = ""
        while tokens and tokens[0] != ("sign", ")"):
            kind, word = tokens.pop(0)
            if kind == "word" and word in _FUNCTIONS and not given and not name:
                name = word
            else:
                given.append(self._operand(kind, word, tokens, depth))
        return self._checked(name, given)

    def _operand(self, kind: str, word: str, tokens: list[tuple[str, str]], depth: int) -> _Call | Answer:
        if kind == "quoted":
            return self._unescaped(word[1:-1])
        if kind == "raw":
            return word[1:-1]
        if kind == "number":
            return int(word)
        if (kind, word) == ("sign", "(") and depth < MOST_DEPTH:
            inner = self._expression(tokens, depth + 1)
            if not tokens:
                raise self._problem("( is never closed by )")
            tokens.pop(0)
            return inner
        if word in ("true", "false"):
            return word == "true"
        if word == ".Service.Name":
            return _Call(word, ())
        raise self._problem(f"{word} is not read")

    def _unescaped(self, words: str) -> str:
        def one(found: re.Match[str]) -> str:
            if found[0] not in ESCAPES:
                raise self._problem(f"{found[0]} is not read inside quotes")
            return ESCAPES[found[0]]

        return re.sub(r"\\.", one, words)

    def _checked(self, name: str, given: list[_Call | Answer]) -> _Call:
        if not name:
            if len(given) != 1:
                raise self._problem("one function or one word is expected")
            return given[0] if isinstance(given[0], _Call) else _Call("word", (given[0],))
        least, most = _FUNCTIONS[name][:2]
        if not least <= len(given) <= most:
            raise self._problem(f"{name} is given {len(given)} words, which is not read")
        if name in ("env", "secret", "config") and not isinstance(given[0], str):
            raise self._problem(f"{name} is read with a name in quotes only")
        return _Call(name, tuple(given))

    def _problem(self, words: str, line: int = 0) -> Unreadable:
        return Unreadable(Place(self.file, line or self.line), "", words)


def _ask(parts: Sequence[_Part | Answer | None], asked: dict[str, set[str]]) -> None:
    for part in parts:
        if isinstance(part, _Call):
            if part.name in asked:
                asked[part.name].add(str(part.given[0]))
            _ask(part.given, asked)
        elif isinstance(part, _Choice):
            for condition, inside in part.branches:
                _ask([condition, *inside], asked)


def _write(part: _Part, context: Context, place: Place) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, _Call):
        answer = _answer(part, context, place)
        return str(answer).lower() if isinstance(answer, bool) else str(answer)
    for condition, inside in part.branches:
        if condition is None or _answer(condition, context, place):
            return "".join(_write(child, context, place) for child in inside)
    return ""


def _answer(call: _Call | Answer, context: Context, place: Place) -> Answer:
    if not isinstance(call, _Call):
        return call
    if call.name == "word":
        return _answer(call.given[0], context, place)
    if call.name == ".Service.Name":
        return context.service
    return _FUNCTIONS[call.name][2](
        lambda number: _answer(call.given[number], context, place), len(call.given), context, place
    )


_Given = Callable[[int], Answer]


def _env(given: _Given, _count: int, context: Context, _place: Place) -> Answer:
    return context.variables.get(str(given(0)), "")


def _secret(given: _Given, _count: int, context: Context, place: Place) -> Answer:
    return _of("secret", str(given(0)), context.secrets, place)


def _config(given: _Given, _count: int, context: Context, place: Place) -> Answer:
    return _of("config", str(given(0)), context.configs, place)


def _of(kind: str, name: str, known: Mapping[str, str], place: Place) -> str:
    if name not in known:
        raise Unreadable(place, "", f"the template asks for the {kind} {name}, which its service is not given")
    return known[name]


def _eq(given: _Given, count: int, _context: Context, _place: Place) -> Answer:
    # Go: eq a b c is a==b or a==c; values of two kinds are never equal here, where Go would stop.
    first = given(0)
    return any(_same(first, given(number)) for number in range(1, count))


def _ne(given: _Given, _count: int, _context: Context, _place: Place) -> Answer:
    return not _same(given(0), given(1))


def _same(one: Answer, other: Answer) -> bool:
    return type(one) is type(other) and one == other


def _and(given: _Given, count: int, _context: Context, _place: Place) -> Answer:
    """Go: the first empty one, or the last."""
    for number in range(count - 1):
        if not (answer := given(number)):
            return answer
    return given(count - 1)


def _or(given: _Given, count: int, _context: Context, _place: Place) -> Answer:
    for number in range(count - 1):
        if answer := given(number):
            return answer
    return given(count - 1)


def _not(given: _Given, _count: int, _context: Context, _place: Place) -> Answer:
    return not given(0)


# Name → fewest and most words it is given, and what it does.
_FUNCTIONS: dict[str, tuple[int, int, Callable[[_Given, int, Context, Place], Answer]]] = {
    "env": (1, 1, _env),
    "secret": (1, 1, _secret),
    "config": (1, 1, _config),
    "eq": (2, 9, _eq),
    "ne": (2, 2, _ne),
    "and": (1, 9, _and),
    "or": (1, 9, _or),
    "not": (1, 1, _not),
}
