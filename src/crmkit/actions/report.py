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
    from crmkit.rules.health import Health

WEEKLY = "weekly"

NAMES: dict[str, tuple[str, str]] = {
    "base": ("crmkit.reports.base", N_("the customer base table: thirteen columns")),
    "distribution": (
        "crmkit.reports.distribution",
        N_("customers by industry, region, size, stage, with shares"),
    ),
    "portrait": ("crmkit.reports.portrait", N_("who they are, what they can spend, what hurts")),
    "profile": ("crmkit.reports.profile", N_("the ideal customer, and which prospects come close")),
    "target": ("crmkit.reports.target", N_("a target list: whom a query finds, and how to reach them")),
    "tiers": ("crmkit.reports.tiers", N_("customers by tier, and what the tiers rest on")),
    "lifecycle": ("crmkit.reports.lifecycle", N_("stages, conversion by channel, time in each stage")),
    "pipeline": ("crmkit.reports.pipeline", N_("open deals by stage, weighted, and the forecast by month")),
    "conversion": (
        "crmkit.reports.conversion",
        N_("from stage to stage, win rate, length of the sales cycle"),
    ),
    "stale": ("crmkit.reports.stale", N_("deals that do not move, or should be closed by now")),
    "revenue": ("crmkit.reports.revenue", N_("revenue and profit by customer, product and period")),
    "upsell": ("crmkit.reports.upsell", N_("who may buy again, and what else they may want")),
    "needs": ("crmkit.reports.needs", N_("frequent needs, by sector and by what was bought")),
    "campaigns": (
        "crmkit.reports.campaigns",
        N_("participants, conversion and cost, compared with earlier ones"),
    ),
    "followups": ("crmkit.reports.followups", N_("the follow-up table: ten columns")),
    "weekly": ("crmkit.reports.weekly", N_("what was kept, late and why, won and lost in a week")),
    "service": ("crmkit.reports.service", N_("service times against the clocks, and satisfaction")),
    "health": ("crmkit.reports.health", N_("health scores, warnings, risks and causes")),
    "churn": ("crmkit.reports.churn", N_("losses with reasons and lessons, and who is at risk")),
    "completeness": ("crmkit.reports.completeness", N_("what is missing or wrong in the data, by owner")),
}
"""Every report: its module, and what it tells."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Customers"), ("base", "distribution", "portrait", "profile", "target", "tiers", "lifecycle")),
    (N_("Sales and money"), ("pipeline", "conversion", "stale", "revenue", "upsell", "needs", "campaigns")),
    (N_("Contact and service"), ("followups", "weekly", "service", "health", "churn")),
    (N_("Data"), ("completeness",)),
)
"""The reports as they are listed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a report, as people type it.

    Days from and to, whose share (me, all, a name), a query for its customers; `section` is the one table wanted
    ("": all), `reveal` shows contact details plainly.
    """

    first: str = ""
    last: str = ""
    owner: str = "all"
    query: str = ""
    section: str = ""
    reveal: bool = False


def report(session: Session, name: str, ask: Ask) -> Report:
    """Reckon the report `name`; UsageError for a name, a day, an owner, a query or a section that there is not."""
    from crmkit.reports.tables import Tables

    wanted = known(name)
    module = import_module(NAMES[wanted][0])
    found: Report = module.report(_material(session, wanted, ask))
    if not ask.section:
        return found
    if not isinstance(found, Tables):
        raise UsageError(N_("the report {report} is one piece: --section does not go with it"), report=wanted)
    return found.only(ask.section)


def notes(name: str) -> tuple[str, ...]:
    """Return the definitions of a report, for `crm report NAME --help`."""
    module = import_module(NAMES[name][0])
    told: tuple[str, ...] = getattr(module, "NOTES", ())
    return told


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


def days(session: Session, ask: Ask, name: str = WEEKLY) -> tuple[date, date]:
    """Return the first and the last day.

    The weekly review is about a week from the first one, unless a last one is named; without either about the week,
    Monday to Sunday, that holds today (or the day of `--on`). Any other report is about all time, and either day alone
    bounds it on one side.
    """
    from crmkit.reports.weekly import week_from, week_of
    from crmkit.values import when

    if name != WEEKLY:
        first = when.parse_day(ask.first, session.today, lean="past") if ask.first else date.min
        last = when.parse_day(ask.last, session.today) if ask.last else date.max
    elif not ask.first:
        if ask.last:
            raise UsageError(N_("from which day on?"), hint=N_("say it: --from DATE --to DATE"))
        return week_of(session.today)
    else:
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


def _material(session: Session, name: str, ask: Ask) -> Material:
    from crmkit.actions.due import owner_filter
    from crmkit.reports.report import Material, Period

    first, last = days(session, ask, name)
    owner = owner_filter(session, ask.owner)
    member = session.settings.member(owner) if owner else None
    wanted = _customers(session, ask.query) if ask.query else None
    return Material(
        settings=session.settings,
        period=Period(first, last, session.now, session.whole_day),
        records=_records(session, wanted),
        rows=lambda upto: _rows(session, upto, wanted),
        holds=_holds(session),
        owner=member.name if member else owner,
        query=ask.query,
        reveal=ask.reveal,
        finds=lambda query: _customers(session, query),
        health=lambda day: _scores(session, day, wanted),
        problems=session.index.problems,
    )


def _customers(session: Session, query: str) -> frozenset[str]:
    """Return the numbers of the customers that a query finds; @NAME in it is a saved view of customers."""
    from crmkit.actions.listing import Choice, rows

    views = [word[1:] for word in query.split() if word.startswith("@")]
    if len(views) > 1:
        raise UsageError(N_("one view at a time, not {views}"), views=" ".join(views))
    words = " ".join(word for word in query.split() if not word.startswith("@")) if views else query
    found = rows(session, "customer", Choice(query=words), view=views[0] if views else "")
    return frozenset(str(row["id"]) for row in found.rows)


def _records(session: Session, wanted: frozenset[str] | None) -> Callable[[str], list[Doc]]:
    @cache
    def records(kind: str) -> list[Doc]:
        found = session.index.rows(kind)
        if wanted is not None and session.catalog.kinds[kind].place in {"customer", "dossier"}:
            found = [row for row in found if row.customer in wanted]
        return [{**row.to_json(), "customer_name": row.customer_name} for row in found]

    return records


def _rows(session: Session, upto: date, wanted: frozenset[str] | None) -> list[AgendaRow]:
    found = session.index.due(None, upto)
    return found if wanted is None else [row for row in found if row.customer in wanted]


def _scores(session: Session, day: date, wanted: frozenset[str] | None) -> dict[str, Health]:
    from crmkit.actions import _health

    return _health.scores(session, day, wanted)


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
