"""One command's view of a book: who acts, what time it is, and the index brought up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit import clock
from crmkit.book import layout
from crmkit.errors import NotFound, Problem, UsageError
from crmkit.frozen import dataclass, field
from crmkit.i18n import N_
from crmkit.index import Index

if TYPE_CHECKING:
    from crmkit.book.layout import Book
    from crmkit.index.lookup import Hit
    from crmkit.records.catalog import Catalog, KindSpec
    from crmkit.rules.rights import Rights
    from crmkit.settings.model import Settings


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""The days that `--on` may name: agendas are reckoned up to the day asked about, and nobody plans a thousand years."""


@dataclass
class Session:
    """A book that was opened for one command.

    `now` is the book's time, moved by `--on`; `whole_day` says that `--on` named a day without a time.
    `moved` says that `--on` stopped the clock; `seen` is the state of the index that `refresh` last found.
    `who` finds out what identifies the person, an e-mail address or a name: it may have to ask git, so a
    command that only reads does not. `env` says where the person's own files are.
    """

    book: Book
    index: Index
    who: Callable[[], str]
    now: datetime
    whole_day: bool = False
    past: str = ""
    """The day on which the book stood like this, "" for the book as it is: the past is never written to."""
    said_who: str = ""
    """Who the person says to be (`--as`)."""
    moved: bool = False
    seen: object = None
    env: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def tick(self) -> None:
        """Let `now` be the present again, unless `--on` moved it: a dashboard stays open for days."""
        if not self.moved:
            self.now = clock.now(self.settings.zone)

    def refresh(self) -> bool:
        """Bring the index up to date; return whether anything is new since this session last looked.

        It may be new by another command's hand: then the index file itself may be another one.
        """
        rebuilt = self.index.refresh().rebuilt
        before, self.seen = self.seen, self.index.version
        if self.seen is None:
            return rebuilt
        if self.seen != before:
            self.index.close()
        return self.seen != before

    def again(self) -> None:
        """Read the index as it stands now: another session has brought it up to date."""
        if self.index.version is None:
            self.index.refresh()
        else:
            self.index.recall()
        self.index.close()

    @property
    def settings(self) -> Settings:
        """The book's settings, from the index."""
        return self.index.settings

    @property
    def catalog(self) -> Catalog:
        """The kinds of records and their fields, with the book's own."""
        return self.index.catalog

    @property
    def today(self) -> date:
        """The day in the book's time zone."""
        return self.now.date()

    @property
    def stamp(self) -> date | datetime:
        """What a record is stamped with: the moment, to the minute."""
        return self.now.replace(second=0)

    @cached_property
    def actor(self) -> str:
        """What identifies the person who acts: an e-mail address or a name."""
        return self.who()

    @property
    def rights(self) -> Rights:
        """What the person who acts may see and change."""
        return self.index.rights

    @cached_property
    def actor_name(self) -> str:
        """The actor as records name him: the team's name for him, else what identifies him."""
        member = self.settings.member(self.actor)
        return member.name if member else self.actor

    def demand_actor(self) -> None:
        """Refuse a person who says to be somebody that the team does not know: what he wrote would be nobody's."""
        from crmkit.records.team import member

        if self.said_who:
            member(self.settings, self.said_who, "--as")

    @cached_property
    def actor_identity(self) -> tuple[str, str]:
        """The actor's name and e-mail address for git, either may be ""."""
        member = self.settings.member(self.actor)
        if member:
            return member.name, member.email
        return ("", self.actor) if "@" in self.actor else (self.actor, "")

    def kind(self, name: str) -> KindSpec:
        """Return the kind that goes by `name` (its code or its label); UsageError with the nearest otherwise."""
        from crmkit.i18n import _
        from crmkit.values.suggest import nearest

        kinds = self.catalog.kinds
        wanted = name.strip().lower()
        for spec in kinds.values():
            if wanted in {spec.name, spec.name + "s", spec.label.lower(), _(spec.label).lower()}:
                return spec
        near = nearest(wanted, kinds)
        hint = N_("did you mean {near}?") if near else N_("there are: {kinds}")
        raise UsageError(
            N_("no kind of record is called {name!r}"),
            hint=hint,
            name=name,
            near=near,
            kinds=", ".join(kinds),
        )

    def resolve(self, text: str, kinds: tuple[str, ...] | None = None) -> Hit:
        """Return the one record that goes by `text`; see book.md on ids."""
        return self.index.resolve(text, kinds)

    def customer(self, text: str) -> Hit:
        """Return the customer that goes by `text`, or whose record does."""
        hit = self.resolve(text)
        if hit.kind == "customer":
            return hit
        if not hit.customer:
            raise NotFound(N_("{id} belongs to no customer"), id=hit.id)
        return self.index.resolve(hit.customer, ("customer",))

    def moment(self, text: str) -> date | datetime:
        """Read when something took place, as people say it; nothing said is now (or the day of `--on`)."""
        from crmkit.values import when

        if not text:
            return self.today if self.whole_day else self.now.replace(second=0)
        return when.parse_when(text, self.now, lean="past", add_working_days=self.settings.workdays.after)

    def day(self, text: str) -> date:
        """Read the day by which something is to be done, as people say it."""
        from crmkit.values import when

        return when.parse_day(text, self.today, lean="future", add_working_days=self.settings.workdays.after)

    def problems_of(
        self, path: str, raw: bytes, customer: Callable[[str], bytes | None] | None = None
    ) -> list[Problem]:
        """Return what is wrong with a record's text at `path`; `customer` reads its customer's file."""
        from crmkit.book.check import problems_of

        return problems_of(self.book, path, raw, self.settings, customer)


def named(given: str | None, env: Mapping[str, str], git_email: Callable[[], str] = lambda: "") -> str:
    """Return who says to act: `--as`, CRM_USER, git's user.email, GIT_AUTHOR_EMAIL; "" where nobody is named."""
    return given or env.get("CRM_USER") or git_email() or env.get("GIT_AUTHOR_EMAIL", "")


def actor_of(given: str | None, env: Mapping[str, str], git_email: Callable[[], str] = lambda: "") -> str:
    """Return who acts: who is named, else the login name."""
    import getpass

    if said := named(given, env, git_email):
        return said
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def root_of(book: str | None, env: Mapping[str, str], cwd: Path) -> Path:
    """Return the folder of the book that `--book`, CRM_BOOK or the current folder names; NotFound without one."""
    return layout.find(book, env, cwd).root


def open_session(
    *,
    book: str | None = None,
    actor: str | None = None,
    on: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    hurry: bool = False,
) -> Session:
    """Open the book that `--book`, CRM_BOOK or the current folder names, and bring its index up to date.

    `progress` is called with (done, all) where that takes long. In a `hurry` the index is taken as the last command
    left it; whoever asks for that calls `refresh` soon.

    Raises NotFound without a book, UsageError for an unreadable `--on`.
    """
    env = os.environ if env is None else env
    found = layout.find(book, env, cwd or Path.cwd())
    if found.interrupted:
        from crmkit.book import store

        store.recover(found)
    index = Index.open(found, progress)
    if not (hurry and index.recall()):
        index.refresh()
    session = Session(
        found,
        index,
        lambda: actor_of(actor, env, lambda: _git_email(found)),
        clock.now(index.settings.zone),
        env=env,
    )
    # where nobody is named (cron, a machine that checks) nothing is hidden: rights are those of people
    index.look_as(lambda: session.actor if named(actor, env, lambda: _git_email(found)) else "")
    session.said_who = actor or ""
    session.seen = index.version
    if on:
        _move_clock(session, on)
        session.moved = True
    return session


def _git_email(book: Book) -> str:
    from crmkit.git import plumbing

    return plumbing.user_email(book.root)


def _move_clock(session: Session, on: str) -> None:
    from crmkit.values import when

    said = when.parse_when(on, session.now)
    day = said.date() if isinstance(said, datetime) else said
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UsageError(
            N_("{day} is beyond the calendar"),
            hint=N_("name a day between {first} and {last}"),
            day=day.isoformat(),
            first=FIRST_DAY.isoformat(),
            last=LAST_DAY.isoformat(),
        )
    if isinstance(said, datetime):
        session.now = said
    else:
        session.now = datetime.combine(said, time(), session.now.tzinfo)
        session.whole_day = True
