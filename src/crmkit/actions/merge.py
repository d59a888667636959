"""`crm merge`: two dossiers of one customer become one; nothing is lost, and the old number stays findable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._known import plain, same_entry
from crmkit.actions._write import Prepared
from crmkit.book import layout, naming
from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.book.merge import Lost
    from crmkit.index.lookup import Hit

_OWN = frozenset({"formerly", "created_by", "created_on", "updated_by", "updated_at", "review"})
"""Fields of which the kept customer's are its own."""


@dataclass(slots=True)
class Report:
    """What a merge does: records and attachments that move, fields that fill gaps, values that differ.

    `differ` are `(field, kept value, other value)`; the other values go to the attic.
    """

    moved: list[str] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    differ: list[tuple[str, Any, Any]] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints beside the change."""
        return {
            "moved": self.moved,
            "filled": self.filled,
            "differ": [{"field": f, "kept": plain(k), "other": plain(o)} for f, k, o in self.differ],
            "rewritten": self.rewritten,
        }


class Merge(Prepared):
    """The change that a merge makes; `report` says what it does once it was composed."""

    def __init__(self, session: Session, kept: Hit, gone: Hit) -> None:
        """See `merge`."""
        self.kept, self.gone = kept, gone
        self.report = Report()
        super().__init__(session, self._fill)

    def _fill(self, draft: Draft) -> None:
        self.report = _Merging(draft, self.kept, self.gone).run()


def merge(session: Session, kept: str, gone: str) -> Merge:
    """Merge the customer `gone` into the customer `kept`.

    Raises UsageError where both are one, Refused where what is approved would vanish in a draft, or secrets would have
    to be encrypted anew.
    """
    one, other = session.customer(kept), session.customer(gone)
    if one.id == other.id:
        raise UsageError(N_("{id} cannot be merged with itself"), id=one.id)
    if one.draft and not other.draft:
        raise Refused(
            N_("{kept} is still a draft, {gone} has its number"),
            hint=N_("turn it round: crm merge {gone} {kept}"),
            kept=one.id,
            gone=other.id,
        )
    return Merge(session, one, other)


class _Merging:
    """One composition of a merge on a draft."""

    def __init__(self, draft: Draft, kept: Hit, gone: Hit) -> None:
        self.draft, self.kept, self.gone = draft, kept, gone
        self.root = draft.session.book.root
        self.into = str(PurePosixPath(kept.path).parent)
        self.old = str(PurePosixPath(gone.path).parent)
        self.report = Report()
        self._lost: list[Lost] = []

    def run(self) -> Report:
        """Compose the change."""
        self._customer()
        self._records()
        self._attachments()
        self._references()
        self._attics()
        self.draft.stamp(self.kept.path)
        self.draft.delete(self.gone.path)
        naming.retire(self.draft, self.gone.id)
        title = f"merge {self.gone.id} {self.gone.title} into {self.kept.id} {self.kept.title}"
        self.draft.about(self.kept.id, "customer", self.kept.path, title)
        return self.report

    # -- the customer

    def _customer(self) -> None:
        from crmkit.yaml.write import Edit

        ours, theirs = self._data(self.kept.path), self._data(self.gone.path)
        docs = [self.draft.session.index.doc(h.path) for h in (self.kept, self.gone)]
        edits = []
        for key, value in theirs.items():
            if key in _OWN or value in (None, "", [], {}):
                continue
            if "enc:v1:" in str(value):
                self._refuse_secret(key)
            mine = ours.get(key)
            if plain(docs[0].get(key)) == plain(docs[1].get(key)) and mine is not None:
                continue
            made = self._joined(mine, value, (key,))
            if made != mine:
                edits.append(Edit((key,), made))
        numbers = [*(ours.get("formerly") or []), *(theirs.get("formerly") or []), self.gone.id]
        edits.append(Edit(("formerly",), list(dict.fromkeys(map(str, numbers)))))
        self.draft.edit(self.kept.path, edits)

    def _joined(self, mine: Any, theirs: Any, steps: tuple[str, ...]) -> Any:
        """Return what stands afterwards: gaps filled, lists joined; what differs is noted and ours kept."""
        where = ".".join(steps)
        if mine in (None, "", [], {}):
            self.report.filled.append(where)
            return theirs
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            if len(steps) == 1 and any(plain(mine[k]) != plain(v) for k, v in theirs.items() if mine.get(k)):
                self.report.differ.append((where, mine, theirs))  # two halves of two addresses are none
                self._lose(steps, theirs)
                return mine
            fresh = {
                k: self._joined(mine.get(k), v, (*steps, k)) for k, v in theirs.items() if v not in (None, "")
            }
            return {**mine, **fresh}
        if isinstance(mine, list) and isinstance(theirs, list):
            return self._joined_lists(mine, theirs, steps)
        if mine != theirs and plain(mine) != plain(theirs):
            self.report.differ.append((where, mine, theirs))
            self._lose(steps, theirs)
        return mine

    def _joined_lists(self, mine: Sequence[Any], theirs: Sequence[Any], steps: tuple[str, ...]) -> list[Any]:
        out = list(mine)
        for item in theirs:
            if not isinstance(item, Mapping):
                if item not in out:
                    out.append(item)
                    self.report.filled += [] if ".".join(steps) in self.report.filled else [".".join(steps)]
                continue
            at = next((i for i, o in enumerate(out) if isinstance(o, Mapping) and _one_thing(o, item)), None)
            if at is None:
                bare = (
                    {k: v for k, v in item.items() if k != "primary"} if any(_main(o) for o in out) else item
                )
                out.append(dict(bare))
                self.report.filled.append(".".join((*steps, _named(item))))
            elif out[at] != item:
                fresh = {k: v for k, v in item.items() if k != "primary"}
                out[at] = self._joined(out[at], fresh, (*steps, _named(out[at])))
        if all(isinstance(o, Mapping) and o.get("on") for o in out) and not any(o.get("name") for o in out):
            out.sort(key=lambda o: str(o["on"]))  # histories tell in the order of days
        return out

    def _lose(self, steps: tuple[str, ...], value: Any) -> None:
        from crmkit.book.merge import Lost, Stamp

        when = self.draft.session.stamp.isoformat()
        stamp = Stamp(by=str(self._data(self.gone.path).get("updated_by") or ""), text=when)
        self._lost.append(Lost(steps, value, stamp))

    def _refuse_secret(self, name: str) -> None:
        raise Refused(
            N_("{id} holds a secret ({field}) that only its own keys open"),
            hint=N_(
                "enter it at {kept} (crm set {kept} {field}=-), clear it there (crm set {id} {field}=), then merge"
            ),
            id=self.gone.id,
            field=name,
            kept=self.kept.id,
        )

    # -- what lies beside it

    def _records(self) -> None:
        from crmkit.actions._number import answers

        for path in layout.dossier_files(self.draft.session.book, self.old):
            place = layout.place_of(path)
            if place is None or path == self.gone.path:
                continue
            if "enc:v1:" in self.draft.text(path):
                self._refuse_secret(place.id)
            if place.kind == "followup":
                self.draft.edit(path, list(answers(self._data(path), self.gone.id, self.kept.id)))
            new = f"{self.into}/{PurePosixPath(path).name}"
            self.draft.put(new, self.draft.text(path), base=None)
            self.draft.delete(path)
            self.report.moved.append(place.id)

    def _attachments(self) -> None:
        taken = {p.name.casefold() for p in (self.root / self.into / layout.FILES).glob("*")}
        for path in layout.dossier_files(self.draft.session.book, f"{self.old}/{layout.FILES}"):
            inside = PurePosixPath(path).relative_to(f"{self.old}/{layout.FILES}")
            name, n = str(inside), 1
            while name.casefold() in taken:
                n += 1
                name = str(inside.with_name(f"{inside.stem}-{n}{inside.suffix}"))
            taken.add(name.casefold())
            self.draft.put_bytes(f"{self.into}/{layout.FILES}/{name}", self.draft.session.book.whole(path))
            self.draft.delete(path)
            self.report.moved.append(name)

    def _references(self) -> None:
        from crmkit.actions._number import holding
        from crmkit.yaml.write import Edit

        for target in (self.gone.id, self.gone.title):
            for path, name, kind, _ in self.draft.session.index.links(target):
                if kind != "customer" or path.startswith(f"{self.old}/"):
                    continue
                steps = list(holding(self._data(path), name.split("."), target))
                self.draft.edit(path, [Edit(at, self.kept.id) for at in steps])
                self.report.rewritten.append(path)

    def _attics(self) -> None:
        from crmkit.book import attic

        path, other = attic.path_for(self.kept.path), attic.path_for(self.gone.path)
        raw, theirs = self.draft.maybe(path), self.draft.maybe(other)
        entries = [e for lost in self._lost if (e := attic.entry_for(self.kept.path, lost)[0])]
        if theirs is not None:
            entries += [_readdressed(e, self.gone.id, self.kept.id) for e in attic.load(theirs, other)]
            self.draft.delete(other)
        made = attic.added(raw, entries)
        if made is not None and made != raw:
            self.draft.put(path, made.decode("utf-8"), base=raw)

    def _data(self, path: str) -> dict[str, Any]:
        from crmkit.yaml import read

        return read.load(self.draft.text(path).encode(), path).data


def _one_thing(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two entries are one person or thing; what happened on one day may have happened twice."""
    if not (one.keys() | other.keys()) & {
        "name",
        "mobile",
        "phone",
        "email",
        "wechat",
        "customer",
        "summary",
        "what",
    }:
        return bool(plain(dict(one)) == plain(dict(other)))
    return same_entry(one, other)


def _main(entry: Any) -> bool:
    return isinstance(entry, Mapping) and str(entry.get("primary")).lower() == "true"


def _named(entry: Mapping[str, Any]) -> str:
    return next(
        (
            str(entry[k])
            for k in ("name", "summary", "what", "customer", "mobile", "phone", "on")
            if entry.get(k)
        ),
        "",
    )


def _readdressed(entry: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {**entry, "record": new if entry.get("record") == old else entry.get("record")}
