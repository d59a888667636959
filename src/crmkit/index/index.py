"""The index of one book, as the rest of crmkit sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmkit.errors import NotFound
from crmkit.i18n import N_
from crmkit.index import sync
from crmkit.index.sync import Progress, Refreshed, Sync

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.book.paths import Book
    from crmkit.errors import Problem
    from crmkit.index.due import AgendaRow
    from crmkit.index.lookup import Hit
    from crmkit.index.reader import Found, Row
    from crmkit.query.check import Scope
    from crmkit.query.nodes import Node
    from crmkit.records.catalog import Catalog
    from crmkit.rules.rights import Rights
    from crmkit.settings.model import Settings


class Index:
    """What the files of a book say, ready to be asked. Opening it touches nothing; `refresh` before each read."""

    def __init__(self, book: Book, progress: Progress | None = None) -> None:
        """`progress` is called with (done, all) while the index is made from nothing."""
        self.book = book
        self._sync = Sync(book, progress)
        self._db: Connection | None = None
        self._who: Callable[[], str] | None = None
        self._rights: Rights | None = None
        self._sighted = False

    @classmethod
    def open(cls, book: Book, progress: Progress | None = None) -> Index:
        """Return the book's index; cheap."""
        return cls(book, progress)

    def refresh(self, upto: date | None = None) -> Refreshed:
        """Bring the index up to date with the files, with agendas reckoned up to `upto` at least."""
        done = self._sync.refresh(upto)
        if done.rebuilt:
            self.close()
        return done

    def recall(self) -> bool:
        """Take the index as the last command left it, without a look at the files; False where that cannot be."""
        return self._sync.recall()

    @property
    def version(self) -> object:
        """What tells this state of the index from every other; None where it lives in memory alone."""
        return None if self._sync.connection else self._sync.version

    def close(self) -> None:
        """Let go of the index file; the next question opens it again."""
        if self._db is not None and self._db is not self._sync.connection:
            self._db.close()
        self._db = self._rights = None
        self._sighted = False
        for name in ("settings", "catalog"):
            self.__dict__.pop(name, None)

    def look_as(self, who: Callable[[], str] | None) -> None:
        """Answer from now on about what `who` may see in the book, None for everything; `who` is asked when needed.

        A team's whole business (telling everybody what is due) looks at everything; people do not.
        """
        self._who, self._rights, self._sighted = who, None, False
        if self._db is not None:
            from crmkit.index import sight

            sight.release(self._db)

    @property
    def rights(self) -> Rights:
        """The rights of the person for whom the index answers."""
        from crmkit.rules import rights

        if self._rights is None:
            in_force = self._who is not None and rights.in_force(self.settings)
            self._rights = (
                rights.of(self.settings, self._who()) if in_force and self._who else rights.EVERYTHING
            )
        return self._rights

    @property
    def db(self) -> Connection:
        """The open index; it answers about what may be seen."""
        db = self._file()
        if self._who is not None and not self._sighted:
            self._restrict(db)
            self._sighted = True
        return db

    def _restrict(self, db: Connection) -> None:
        mine = self.rights
        if mine.sees_all:
            return
        from crmkit.index import sight

        sight.restrict(db, mine, self.settings, self.catalog)

    def _file(self) -> Connection:
        """Return the open index file, with whatever views are on it."""
        if self._db is None:
            self._db = self._sync.connection or sync.connect(self._sync.database)
        return self._db

    def _meta(self, key: str) -> Any:
        row = self._file().execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return json.loads(row[0])

    @cached_property
    def settings(self) -> Settings:
        """The book's settings."""
        from crmkit.settings.model import Settings

        return Settings.from_json(self._meta("settings"))

    @cached_property
    def catalog(self) -> Catalog:
        """The kinds of records with the book's own fields."""
        from crmkit.records.catalog import Catalog

        return Catalog.from_json(self._meta("catalog"))

    # queries

    def scope(self, today: date, actor: str = "", now: datetime | None = None) -> Scope:
        """Return what queries are bound against; `actor` is who `me` means (in a solo book that is everybody)."""
        from crmkit.query.check import Scope

        return Scope(self.catalog, self.settings, today, now, self._spellings(actor), self.owners)

    def _spellings(self, actor: str) -> tuple[str, ...]:
        if self.settings.solo or not actor:
            return ()
        member = self.settings.member(actor)
        return tuple(dict.fromkeys(t for t in (actor, *((member.name, member.email) if member else ())) if t))

    def bind(self, query: str, kind: str, today: date, actor: str = "", now: datetime | None = None) -> Node:
        """Parse and bind a query over records of `kind`; UsageError for what it does not know."""
        from crmkit.query.check import compile_query

        return compile_query(query, kind, self.scope(today, actor, now))

    def bind_due(self, query: str, today: date, actor: str = "", now: datetime | None = None) -> Node:
        """Bind a query over agenda rows: their rule, owner, due ..., and everything of their customer."""
        return self.bind(query, "due", today, actor, now)

    def rows(
        self, kind: str, node: Node | None = None, *, sort: str = "", limit: int | None = None
    ) -> list[Row]:
        """Return the records of `kind` that a bound query finds; see `reader.rows`."""
        from crmkit.index import reader

        return reader.rows(self.db, self.catalog, kind, node, sort, limit)

    def keys(self, kind: str, node: Node | None = None, sort: str = "") -> list[tuple[str, str]]:
        """Return `(path, id)` of the records that a bound query finds, in order; see `paging.keys`."""
        from crmkit.index import paging

        return paging.keys(self.db, self.catalog, kind, node, sort)

    def at(self, paths: Sequence[str]) -> list[Row]:
        """Return the records in the files at `paths`, in any order."""
        from crmkit.index import paging

        return paging.at(self.db, paths)

    def find(self, text: str, limit: int | None = None) -> list[Found]:
        """Return the records in which all the words stand, in Chinese or pinyin."""
        from crmkit.index import reader

        return reader.find(self.db, text, limit)

    # one record

    def resolve(self, text: str, kinds: Sequence[str] | None = None) -> Hit:
        """Return the one record that goes by `text`. Raises NotFound or Ambiguous."""
        from crmkit.index import lookup

        return lookup.resolve(self.db, text, kinds)

    def record(self, ident: str) -> Row:
        """Return the record with exactly that id; NotFound without one."""
        return self._one("r.id = ?", [ident], ident)

    def doc(self, path: str) -> Mapping[str, Any]:
        """Return the fields of the record in the file at `path`; NotFound where the index knows none."""
        return self._at(path).doc

    def json(self, path: str) -> dict[str, Any]:
        """Return the record in the file at `path` with id, kind, path and customer, and what is computed of it."""
        from crmkit.query.fields import COMPUTED

        row = self._at(path)
        known = COMPUTED.get(row.kind, {})
        return {**row.to_json(), **{k: v for k, v in row.computed.items() if k in known and k not in row.doc}}

    def id_at(self, path: str) -> str:
        """Return the id of the record in the file at `path`."""
        return self._at(path).id

    def _at(self, path: str) -> Row:
        return self._one("r.folder = ? AND r.path = ?", [path.rpartition("/")[0], path], path)

    def _one(self, where: str, params: Sequence[Any], what: str) -> Row:
        from crmkit.index import reader

        for row in reader.select(self.db, where, params):
            return row
        raise NotFound(N_("there is no readable record {what}"), hint=N_("look with: crm check"), what=what)

    def has_id(self, ident: str) -> bool:
        """Whether a record goes by exactly that id, seen or not: no id is given twice."""
        return (
            self.db.execute("SELECT 1 FROM main.record WHERE id = ? LIMIT 1", [ident]).fetchone() is not None
        )

    def ids(self, prefix: str = "", kinds: Sequence[str] | None = None) -> list[tuple[str, str]]:
        """Return `(id, title)` of the records whose id begins with `prefix`, for completion."""
        marks = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        sql = f"SELECT id, title FROM record WHERE substr(id, 1, ?) = ? {marks} ORDER BY id"
        return list(self.db.execute(sql, [len(prefix), prefix, *(kinds or ())]))

    def named(self, word: str, kinds: Sequence[str] | None, limit: int) -> list[tuple[str, str]]:
        """Return `(value, description)` of the records whose name begins with `word`, else that it may mean."""
        from crmkit.index import lookup

        return lookup.begun(self.db, word, kinds, limit)

    def namesakes(self, path: str) -> list[str]:
        """Return `id title` of other customers with the same name, number, telephone or address; hidden ones by id."""
        from crmkit.index import lookup

        return lookup.namesakes(self.db, self.doc(path), path)

    # a dossier

    def dossier_docs(self, customer: str) -> list[Row]:
        """Return the records of a customer's dossier, the customer first, then by path."""
        from crmkit.index import reader

        found = reader.select(self.db, "r.customer = ?", [customer])
        return sorted(found, key=lambda r: (r.kind != "customer", r.path))

    def dossier_json(self, customer: str) -> list[dict[str, Any]]:
        """Return the same as JSON with id, kind, path and customer."""
        return [row.to_json() for row in self.dossier_docs(customer)]

    # what is due

    def due(
        self, node: Node | None, upto: date, owner: str = "", *, today: date | None = None, customer: str = ""
    ) -> list[AgendaRow]:
        """Return what falls due up to and with the day `upto`, overdue rows however old; see `reader.due`.

        `owner` "" is everybody; `customer` asks for one dossier alone; rows that have passed by `today` are left out.
        """
        from crmkit.index import reader

        if upto.isoformat() > self._sync.horizon:
            self.refresh(upto)
        return reader.due(self.db, node, upto, today, owners=self._owner_texts(owner), customer=customer)

    @property
    def horizon(self) -> date:
        """The last day up to which agendas are reckoned."""
        return date.fromisoformat(self._sync.horizon)

    def _owner_texts(self, owner: str) -> list[str]:
        if not owner:
            return []
        from crmkit.values.names import norm

        member = self.settings.member(owner)
        texts = (owner, *((member.name, member.email) if member else ()))
        return list(dict.fromkeys(norm(t) for t in texts if t))

    @contextmanager
    def trial(self, settings: Settings, progress: Progress | None = None) -> Iterator[None]:
        """Let `due` answer under other rules inside the block; the index file stays as it is.

        Raises UsageError where the settings differ in more than what falls due.
        """
        from crmkit.index import sight, trial

        db, seen = self.db, "1"
        if not self.rights.sees_all:
            seen = sight.views(self.rights, self.settings, self.catalog)["agenda"]
        with trial.under(self._sync, db, self.settings, settings, progress, seen):
            yield
        if not self.rights.sees_all:
            self._restrict(db)

    def agenda_row(self, ident: str) -> AgendaRow | None:
        """Return the agenda row with that id, None without one."""
        from crmkit.index import reader

        number = ident.partition("/")[0]
        found = reader.agenda(self.db, "WHERE r.customer = ? AND r.id = ?", [number, ident])
        return found[0] if found else None

    def followup_row(self, ident: str) -> AgendaRow | None:
        """Return the agenda row of a planned follow-up, None where it gives none."""
        from crmkit.index import reader

        found = reader.agenda(self.db, "WHERE r.rule = 'followup' AND r.source = ?", [ident])
        return found[0] if found else None

    # what is wrong

    def problems(self, path: str = "") -> list[Problem]:
        """Return what is wrong in the file at `path`, without one in the whole book."""
        from crmkit.index import reader

        return reader.problems(self.db, "path = ?", [path]) if path else reader.problems(self.db)

    def unreadable(self) -> list[Problem]:
        """Return the problems of files that are absent from every list."""
        from crmkit.index import reader

        return reader.problems(self.db, "unreadable = 1")

    def attention(self) -> int:
        """Return how many files have errors."""
        sql = "SELECT count(DISTINCT path) FROM problem WHERE unreadable = 1 OR instr(row, '\"error\"')"
        count: int = self.db.execute(sql).fetchone()[0]
        return count

    def of_settings(self) -> list[Problem]:
        """Return what is wrong in crm.yaml that may change what falls due."""
        from crmkit.index import reader, said

        return [p for p in reader.problems(self.db, "folder = ''") if said.matters(p)]

    # words that the book uses

    def owners(self) -> list[str]:
        """Return everybody who owns a record."""
        return [
            row[0]
            for row in self.db.execute("SELECT DISTINCT owner FROM record WHERE owner <> '' ORDER BY 1")
        ]

    def owner_named(self, text: str) -> str:
        """Return the owner whom `text` names; UsageError with a suggestion where nobody goes by it."""
        from crmkit.query.nodes import Test

        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        node = self.bind(f'owner="{quoted}"', "due", date.min)
        if not isinstance(node, Test):
            return ""
        from crmkit.values.names import norm

        people = [*(m.name for m in self.settings.team), *self.owners()]
        return next((p for p in people if norm(p) in node.args), text)

    def values(self, kind: str, field: str) -> list[str]:
        """Return the texts that records of `kind` have in a field, the most used first, for completion."""
        from collections import Counter

        from crmkit.query.text import dotted, leaves

        docs: Iterable[Any] = self.db.execute("SELECT doc FROM record WHERE kind = ?", [kind])
        count = Counter(
            leaf
            for doc in docs
            for leaf in leaves(dotted(json.loads(doc[0]), field))
            if isinstance(leaf, str)
        )
        return [text for text, _ in count.most_common()]

    def links(self, target: str = "") -> list[tuple[str, str, str, str]]:
        """Return references as `(path, field, kind, target)`; with `target` only those to it."""
        where = "WHERE target = ?" if target else ""
        sql = f"SELECT path, field, kind, target FROM link {where} ORDER BY path, field"
        return list(self.db.execute(sql, [target] if target else []))


__all__ = ["Index", "Progress", "Refreshed"]
