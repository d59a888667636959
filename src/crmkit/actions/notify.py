"""`crm notify`: tell everybody once what is his to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmkit.actions.due import AHEAD
from crmkit.errors import Message, Refused, msg
from crmkit.i18n import N_
from crmkit.notify import config, memory, plan
from crmkit.notify.compose import Voice
from crmkit.notify.deliver import Delivery, Filter, Report
from crmkit.notify.letter import SENT
from crmkit.notify.wishes import wishes

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow
    from crmkit.notify.config import Directory
    from crmkit.notify.letter import Target
    from crmkit.notify.memory import Memory
    from crmkit.notify.plan import Person
    from crmkit.notify.wishes import Wishes


class Undelivered(Refused):
    """Something could not be delivered; the rest went."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody without a target, and the rows that nobody could tell him."""

    name: str
    rows: tuple[AgendaRow, ...]


@dataclass(frozen=True)
class Told:
    """What one run did. `busy` says that another run was at it."""

    reports: tuple[Report, ...] = ()
    missing: tuple[Missing, ...] = ()
    warnings: tuple[Message, ...] = ()
    path: str = ""
    busy: bool = False
    trial: bool = False

    @property
    def sent(self) -> tuple[Report, ...]:
        """The messages that arrived."""
        return tuple(r for r in self.reports if r.state == "sent")

    def to_json(self) -> list[dict[str, Any]]:
        """Return one entry for each message or reason that there is none."""
        return [
            *(self._report(r) for r in self.reports),
            *({"to": m.name, "state": "no_target", "rows": [row.id for row in m.rows]} for m in self.missing),
        ]

    def _report(self, report: Report) -> dict[str, Any]:
        state = "dry_run" if self.trial and report.state == "sent" else report.state
        out = {
            "to": report.target.shown,
            "channel": report.target.channel,
            "state": state,
            "rows": [row.id for row in report.rows],
            "said": str(report.said),
        }
        if report.letter and self.trial:
            out |= {"title": report.letter.title, "text": report.letter.text}
        return out

    def failed(self) -> Undelivered | None:
        """Return the error that names what could not be delivered, None where all was."""
        lines = [
            msg(N_("{to}, {n} row(s): {said}"), to=r.target.shown, n=len(r.rows), said=r.said)
            if r.rows
            else msg("{to}: {said}", to=r.target.shown, said=r.said)
            for r in self.reports
            if r.state != "sent"
        ]
        lines += [
            msg(N_("{name}, {n} row(s): there is no target for this name"), name=m.name, n=len(m.rows))
            if m.name
            else msg(N_("{n} row(s) without an owner: there is no target `default`"), n=len(m.rows))
            for m in self.missing
        ]
        if not lines:
            return None
        lines.insert(0, msg(N_("not everything could be delivered")))
        places = {f"line{n}": line for n, line in enumerate(lines)}
        return Undelivered(
            msg("\n".join(f"{{{place}}}" for place in places), **places),
            hint=msg(
                N_("the next crm notify tries again; who is told where stands in {path}"), path=self.path
            ),
        )


@dataclass(frozen=True)
class _Run:
    """One call of `crm notify`."""

    session: Session
    directory: Directory
    wishes: Wishes
    owner: str

    def rows(self) -> dict[str, AgendaRow]:
        """Return the rows whose moment has come, by what they are remembered by; each once."""
        session = self.session
        index, today = session.index, session.today
        node = index.bind_due("rule:followup or rule:sla", today)
        near = index.due(None, upto=today + timedelta(days=AHEAD), today=today)
        far = index.due(node, upto=plan.last_day(today), today=today)
        now = plan.due_now([*near, *far], session.now, self.wishes.at, whole_day=session.whole_day)
        return {plan.row_key(row): row for row in now}

    def people(self, row: AgendaRow) -> list[Person]:
        """Return whom a row is told by this run."""
        settings = self.session.settings
        found = plan.people(row, settings)
        if not self.owner:
            return found
        wanted = plan.person(self.owner, settings)
        return [wanted] if any(p.key == wanted.key or not p.name for p in found) else []

    def targets(self, person: Person) -> list[Target]:
        """Return where somebody is told."""
        anybody = not person.name or self.session.settings.solo
        return [t for t in self.directory.of(person.names, anybody=anybody) if self.allowed(t)]

    def allowed(self, target: Target) -> bool:
        """Whether the book's channels allow a target."""
        return not self.wishes.channels or target.channel in self.wishes.channels

    def plan(self, into: Memory, rows: Mapping[str, AgendaRow]) -> tuple[Missing, ...]:
        """Note what is to be told, and return what nobody can be told."""
        pairs = [(key, row, person) for key, row in rows.items() for person in self.people(row)]
        wanted = {(key, p.key): [t.identity for t in self.targets(p)] for key, _row, p in pairs}
        into.forget(rows, self.session.now)
        into.plan(wanted, [t.identity for t in self.directory.all.values() if self.allowed(t)])
        noted = into.noted()
        missing: dict[str, list[AgendaRow]] = {}
        for key, row, person in pairs:
            if not wanted[key, person.key] and (key, person.key) not in noted:
                missing.setdefault(person.name, []).append(row)
        return tuple(Missing(name, tuple(found)) for name, found in missing.items())


def notify(
    session: Session,
    env: Mapping[str, str],
    *,
    owner: str = "",
    to: str = "",
    digest: bool | None = None,
    reveal: bool = False,
    trial: bool = False,
) -> Told:
    """Tell what is to be told now and was not yet; with `trial` only reckon what would be.

    `owner` is a name, `me` or `all` (also ""); `to` an entry of the user's targets, or a channel. Raises Refused
    where the configuration cannot be used or what was sent is not known.
    """
    session.index.look_as(None)  # one machine sends for the team: each is told only what concerns himself
    wanted, directory = wishes(session.settings), config.load(env, session.settings)
    targets = frozenset(directory.named(to)) if to else None
    run = _Run(session, directory, wanted, _owner(session, owner))
    voice = Voice(
        session.settings, session.now, wanted.at, wanted.language, whole_day=session.whole_day, reveal=reveal
    )
    done = Told(warnings=directory.warnings, path=directory.path, trial=trial)
    only = Filter(plan.person(run.owner, session.settings).key if run.owner else None, targets)
    try:
        with memory.imagined(session.book, env) if trial else memory.remembered(session.book, env) as held:
            rows = run.rows()
            missing = run.plan(held, rows)
            delivery = Delivery(held, voice, str(session.book.root), rows, digest=wanted.digest)
            if digest is not None:
                delivery.digest = digest
            if trial:
                delivery.post = lambda _target, _letter: SENT
            reports = tuple(delivery.run([t for t in directory.all.values() if run.allowed(t)], only))
    except memory.Occupied:
        return replace(done, busy=True)
    return replace(done, reports=reports, missing=missing)


def probe(session: Session, env: Mapping[str, str], to: str = "") -> Told:
    """Send a message that says nothing to every target (or those that `to` names); it is not remembered."""
    wanted, directory = wishes(session.settings), config.load(env, session.settings)
    chosen = directory.named(to) if to else set(directory.all)
    voice = Voice(session.settings, session.now, wanted.at, wanted.language)
    reports = tuple(_probes(voice, [t for t in directory.all.values() if t.identity in chosen]))
    return Told(reports, warnings=directory.warnings, path=directory.path)


def _probes(voice: Voice, targets: Sequence[Target]) -> Iterator[Report]:
    import secrets

    for target in targets:
        letter = voice.test(target, secrets.token_hex(16))
        try:
            outcome = target.send(letter)
        except Refused as e:
            yield Report(target, (), "refused", msg("{what} ({hint})", what=e.message, hint=e.hint), letter)
        else:
            yield Report(target, (), outcome.state, outcome.said, letter)


def _owner(session: Session, owner: str) -> str:
    """Return whose rows are told, "" for everybody's."""
    from crmkit.actions.due import owner_filter

    return owner_filter(session, owner) if owner else ""
