"""Several books at once: lists are the union of all, with the book as a column; a record is looked for in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from crmkit.cli._context import Cli
from crmkit.cli._render import Output, style
from crmkit.cli._spec import Spec
from crmkit.errors import Ambiguous, CrmError, NotFound, UsageError
from crmkit.i18n import N_
from crmkit.values.safe import safe

UNION = frozenset(("", "due", "list", "find", "report"))
"""Commands that answer over all books; the others go to the one that holds the record they name."""
_NAMING = frozenset(("id", "customer", "set"))


def run(verb: str, module: ModuleType, values: Mapping[str, Any], books: Mapping[str, Cli]) -> int:
    """Run a command on several books, each by its folder with what the command is handed for it."""
    clis = dict(zip(_names(list(books)), books.values(), strict=True))
    if verb in UNION:
        return _union(verb, module, values, clis)
    cli = _holder(verb, module.SPEC, values, clis)
    return int(module.run(cli, **values) or 0)


def _names(books: Sequence[str]) -> list[str]:
    """Return what the books are called in lists: their folders' names, with more of the path where two are alike."""
    folders = [Path(b).expanduser().resolve() for b in books]
    short = [f.name for f in folders]
    return [s if short.count(s) == 1 else str(f) for s, f in zip(short, folders, strict=True)]


def _union(verb: str, module: ModuleType, values: Mapping[str, Any], clis: Mapping[str, Cli]) -> int:
    first = next(iter(clis.values()))
    code = 0
    if first.out.format == "table":
        for name, cli in clis.items():
            cli.out.text(style(f"== {safe(name)} ==", "bold", on=cli.out.colour))
            code = max(code, int(module.run(cli, **values) or 0))
        return code
    plain, found = first.out, _Rows()
    for name, cli in clis.items():
        cli.out = _Collecting(plain, name, found)
        code = max(code, int(module.run(cli, **values) or 0))
    if verb == "due":
        found.rows.sort(key=lambda r: str(r[0].get("due", "")))
    limit = str(values.get("limit") or "")
    found.print(plain, int(limit) if limit else None)
    return code


class _Rows:
    """What the books answered: each row as a mapping and as cells."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rows: list[tuple[dict[str, Any], list[Any]]] = []
        self.values: list[Any] = []

    def print(self, out: Output, limit: int | None) -> None:
        if self.values:
            out.value(self.values)
        elif self.names or self.rows:
            out.union([*self.names, "book"], self.rows[:limit])


class _Collecting(Output):
    """Takes a command's rows instead of printing them."""

    def __init__(self, plain: Output, book: str, found: _Rows) -> None:
        self.__dict__.update(plain.__dict__)
        self._book = book
        self._found = found

    def value(self, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            self._found.values.append({"book": self._book, **one} if isinstance(one, Mapping) else one)

    def _programs(self, names: Sequence[str], rows: Sequence[Mapping[str, Any]], cells: Any) -> None:
        self._found.names = list(names)
        self._found.rows += [({"book": self._book, **row}, [*cells(row), self._book]) for row in rows]


def _holder(verb: str, spec: Spec, values: Mapping[str, Any], clis: Mapping[str, Cli]) -> Cli:
    """Return the book that holds the record which a command names."""
    word = _ident(spec, values)
    if not word or word == "-":
        raise UsageError(
            N_("crm {verb} works on one book, and {n} are named"),
            hint=N_("name the one: crm {verb} --book DIR"),
            verb=verb,
            n=len(clis),
        )
    hits: dict[str, tuple[str, str]] = {}
    trouble: CrmError | None = None
    for name, cli in clis.items():
        try:
            hit = cli.session.resolve(word)
        except Ambiguous as e:
            hits[name] = (f"{name}:", f"{len(e.candidates)}")
        except NotFound as e:
            trouble = trouble or e
        else:
            hits[name] = (f"{name}: {hit.id}", hit.label)
    if len(hits) > 1:
        raise Ambiguous(
            N_("{text!r} is in {n} of the books"),
            list(hits.values()),
            hint=N_("name one of them with --book"),
            text=word,
            n=len(hits),
        )
    if not hits:
        raise trouble or NotFound(N_("nothing goes by {text!r}"), text=word)
    return clis[next(iter(hits))]


def _ident(spec: Spec, values: Mapping[str, Any]) -> str:
    for arg in spec.args:
        if arg.complete in _NAMING:
            said = values.get(arg.name)
            words = [said] if isinstance(said, str) else list(said or ())
            return next((w for w in words if w and "=" not in w), "")
    return ""
