"""`crm report`: computed views of the whole book. A report is one module of `reports`, named here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow
    from crmkit.reports.report import Doc, Material, Report

NAMES: dict[str, tuple[str, str]] = {
    "weekly": ("crmkit.reports.weekly", N_("what was kept, late and why, won and lost in a week")),
}
"""Every report: its module, and what it tells."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a report, as people type it: days from and to, whose share (me, all, a name)."""

    first: str = ""
    last: str = ""
    owner: str = "all"


def report(session: Session, name: str, ask: Ask) -> Report:
    """Reckon the report `name`; UsageError for a name, a day or an owner that there is not."""
    module = import_module(NAMES[known(name)][0])
    found: Report = module.report(_material(session, ask))
    return found


def known(name: str) -> str:
    """Return the name of a report; UsageError with the nearest one otherwise."""
    from crmkit.values.suggest import nearest

    wanted = name.strip().lower()
    if wanted in NAMES:
        return wanted
    near = nearest(wanted, NAMES)
    hint = N_("did you mean {near}?") if near else N_("there are: {names}")
    raise UsageError(
        N_("no report is called {name!r}"), hint=hint, name=name, near=near, names=", ".join(NAMES)
    )


def days(session: Session, ask: Ask) -> tuple[date, date]:
    """Return the first and the last day: a week from the first one, unless a last one is named.

    Without either it is the week, Monday to Sunday, that holds today (or the day of `--on`).
    """
    from crmkit.reports.weekly import week_from, week_of
    from crmkit.values import when

    if not ask.first:
        if ask.last:
            raise UsageError(N_("from which day on?"), hint=N_("say it: --from DATE --to DATE"))
        return week_of(session.today)
    first = when.parse_day(ask.first, session.today, lean="past")
    last = when.parse_day(ask.last, session.today) if ask.last else week_from(first)
    if last < first:
        raise UsageError(
            N_("{last} lies before {first}"),
            hint=N_("--from is the first day, --to the last"),
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return first, last


def _material(session: Session, ask: Ask) -> Material:
    from crmkit.actions.due import owner_filter
    from crmkit.reports.report import Material, Period

    first, last = days(session, ask)
    owner = owner_filter(session, ask.owner)
    member = session.settings.member(owner) if owner else None
    return Material(
        settings=session.settings,
        period=Period(first, last, session.now, session.whole_day),
        records=_records(session),
        rows=lambda upto: _rows(session, upto),
        holds=_holds(session),
        owner=member.name if member else owner,
    )


def _records(session: Session) -> Callable[[str], list[Doc]]:
    @cache
    def records(kind: str) -> list[Doc]:
        found = session.index.rows(kind)
        return [{**row.to_json(), "customer_name": row.customer_name} for row in found]

    return records


def _rows(session: Session, upto: date) -> list[AgendaRow]:
    return session.index.due(None, upto)


def _holds(session: Session) -> Callable[[str], frozenset[str] | None]:
    def holds(rule: str) -> frozenset[str] | None:
        spec = session.settings.rules.get(rule)
        if spec is None or not spec.when:
            return None
        try:
            node = session.index.bind(spec.when, "customer", session.today)
        except UsageError:
            return None  # one that cannot be read holds for everybody, as in the rules
        return frozenset(row.id for row in session.index.rows("customer", node))

    return holds


def last_whole_week(now: datetime) -> date:
    """Return the Monday of the last week that is over."""
    from crmkit.reports.weekly import week_of

    return week_of(now.date())[0] - timedelta(days=7)
