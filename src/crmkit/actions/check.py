"""`crm check`: what is wrong in the book's files, where, and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmkit.actions import _privacy, _seal, _secrets
from crmkit.actions._write import Prepared
from crmkit.errors import Problem

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.records.catalog import KindSpec
    from crmkit.settings.model import Settings


def check(session: Session, *, fix: bool = False) -> list[Problem]:
    """Return every problem of the book, sorted by path and line; with `fix`, after mending what has one answer.

    Mended is what can be written in only one way: a vocabulary's label becomes its code, a secret in plain text is
    encrypted where the book has keys.
    """
    if fix:
        _mended(session).apply()
    hidden = _hidden(session)
    rows = _rows(session)
    from crmkit.book import people
    from crmkit.book.check import across
    from crmkit.notify import wishes

    found = [*session.index.problems(), *across(session.book, rows, session.catalog)]
    strangers = people.across(rows, session.catalog, session.settings)
    found += (replace(p, line=_line(session, p)) for p in strangers)
    found += _privacy.problems(session, rows)
    found = [p for p in found if p.path not in hidden]
    found += wishes.problems(session.settings)
    once = {(p.path, p.line, p.field, p.code, p.text): p for p in found}
    return [once[key] for key in sorted(once)]


def _hidden(session: Session) -> set[str]:
    """Return the files that the person may not see, and let the index answer about everything from here on.

    References lead to what he does not see, so nothing less can be checked. A stranger (a hook, a machine that
    checks what was pushed) is told everything: whoever has the files can read them.
    """
    index = session.index
    if index.rights.sees_all or index.rights.member is None:
        index.look_as(None)
        return set()
    seen = {row.path for row in _rows(session)}
    told = {p.path for p in index.problems()}
    index.look_as(None)
    return {row.path for row in _rows(session)} - seen - told


def _line(session: Session, problem: Problem) -> int:
    """Return the line of a field that the index knows without its place."""
    from crmkit.yaml import read

    document = read.load(session.book.read(problem.path), problem.path)
    return document.line(tuple(int(s) if s.isdecimal() else s for s in problem.field.split(".")))


def _rows(session: Session) -> list[Row]:
    return [row for kind in session.catalog.kinds for row in session.index.rows(kind)]


def _mended(session: Session) -> Prepared:
    """Return the change that writes codes where labels stand, and encrypts secrets in plain text."""
    from crmkit.yaml import read
    from crmkit.yaml.write import Edit

    keyed = bool(_secrets.readers(session.settings))

    def compose(draft: Draft) -> None:
        draft.about("", "", "", "check --fix: codes for labels, secrets encrypted")
        for row in _rows(session):
            data = read.load(draft.text(row.path).encode(), row.path).data
            spec = session.catalog.kinds[row.kind]
            draft.edit(row.path, [Edit(steps, code) for steps, code in labels(spec, session.settings, data)])
            if keyed:
                _seal.mend(draft, row.path)

    return Prepared(session, compose)


def labels(
    spec: KindSpec, settings: Settings, data: Mapping[str, Any]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield `(steps, code)` for each value of a vocabulary that a file writes by its label."""
    for field in spec.fields:
        codes = settings.codes.get(field.vocabulary, {}) if field.vocabulary else {}
        for steps, value in _values(data, field.steps):
            code = codes.get(value.strip()) or codes.get(value.strip().casefold())
            if code and code != value:
                yield steps, code


def _values(
    data: Any, path: Sequence[tuple[str, bool]], steps: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not path:
        if isinstance(data, str):
            yield steps, data
        return
    (key, is_list), *rest = path
    value = data.get(key) if isinstance(data, Mapping) else None
    if is_list and isinstance(value, list):
        for i, item in enumerate(value):
            yield from _values(item, rest, (*steps, key, i))
    elif value is not None:
        yield from _values(value, rest, (*steps, key))
