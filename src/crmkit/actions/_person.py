"""What a book holds, and once held, about one customer: the dossier, its past, and who names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmkit.actions import _secrets
from crmkit.book import layout
from crmkit.book.join import formerly

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.git.past import Event
    from crmkit.records.catalog import KindSpec

_GOES_BY = frozenset({"title", "key", "personal", "phone", "email", "contact", "company"})
_NOT = frozenset({"owner", "stamp", "secret"})
_SHORT = {True: 2, False: 4}
"""Characters that a text must have to be looked for: what the person goes by, anything else."""


@dataclass
class Held:
    """Everything about one customer number. `folders` are the dossier's places, the present one first."""

    session: Session
    number: str
    folders: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find where the dossier lay before."""
        self.folders = [layout.customer_folder(self.number)]
        for folder in self.folders:  # grows while it is walked: a name before the name before
            for _, raw in self._versions(f"{folder}/{layout.CUSTOMER_FILE}"):
                for name in formerly(raw):
                    there = layout.customer_folder(name)
                    if there not in self.folders and not self._somebody_else(name):
                        self.folders.append(there)

    @property
    def names(self) -> tuple[str, ...]:
        """The number and the ones before it."""
        return tuple(f.rpartition("/")[2] for f in self.folders)

    def _somebody_else(self, name: str) -> bool:
        """Whether another customer has that number by now (two clones gave it)."""
        return name != self.number and (self.session.book.root / layout.customer_folder(name)).exists()

    def _versions(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Yield `(path, bytes)` of a file or folder: as it stands, and as every commit had it."""
        book = self.session.book
        folder = (book.root / path).is_dir()
        for file in layout.dossier_files(book, path) if folder else [path]:
            try:
                yield file, (book.root / file).read_bytes()
            except FileNotFoundError:
                continue
        yield from self._past(path)

    def _past(self, path: str) -> Iterator[tuple[str, bytes]]:
        from crmkit.git import plumbing
        from crmkit.git.objects import Reader

        try:
            repo = plumbing.discover(self.session.book.root)
        except plumbing.NoGit:
            return
        with Reader(repo, timeout=3600) as reader:
            seen = set()
            for event in self._events(path):
                for file in event.files:
                    for blob in (file.new, file.old):
                        if blob and blob not in seen:
                            seen.add(blob)
                            yield file.path.removeprefix(repo.prefix), reader.blob(blob)

    def _events(self, path: str) -> list[Event]:
        from crmkit.git import past, plumbing

        try:
            repo = plumbing.discover(self.session.book.root)
            if not past.commit_of(repo.root, "HEAD"):
                return []
            return past.events(repo.root, ["--all", "HEAD"], [repo.prefix + path])
        except plumbing.NoGit:
            return []

    @cached_property
    def events(self) -> list[Event]:
        """The commits that touched the dossier, the newest first, wherever it lay."""
        found = {e.sha: e for folder in self.folders for e in self._events(folder)}
        return sorted(found.values(), key=lambda e: (e.at, e.sha), reverse=True)

    @cached_property
    def texts(self) -> Mapping[str, bool]:
        """Every text that the dossier holds or held; True for what the person goes by (names, numbers, addresses).

        Codes, dates, sums and who of the team did something are none.
        """
        found: dict[str, bool] = {}
        for folder in self.folders:
            for path, raw in self._versions(folder):
                place = layout.place_of(path)
                spec = self.session.catalog.kinds.get(place.kind) if place else None
                if spec is None:
                    if f"/{layout.FILES}/" in path:
                        found.setdefault(path.rpartition("/")[2], False)
                    continue
                for text, goes_by in _texts(spec, _load(raw, path)):
                    for line in text.splitlines():
                        if len(line.strip()) >= _SHORT[goes_by]:
                            found[line.strip()] = found.get(line.strip(), False) or goes_by
        team = {t for m in self.session.settings.team for t in (m.name, m.email)}
        return {t: g for t, g in found.items() if t not in team and not t.startswith("enc:v1:")}

    def references(self) -> list[tuple[str, str, str]]:
        """Return `(path, field, value)` of records elsewhere that name the customer by a number or name."""
        wanted = {*self.names, *(t for t, goes_by in self.texts.items() if goes_by)}
        return sorted(
            {
                (path, name, target)
                for path, name, _, target in self.session.index.links()
                if target in wanted and not self.inside(path)
            }
        )

    def inside(self, path: str) -> bool:
        """Whether a path lies in the dossier."""
        return any(path.startswith(f"{folder}/") for folder in self.folders)


def _texts(spec: KindSpec, data: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    known = {f.path.split(".")[0].removesuffix("[]") for f in spec.fields}
    for spec_field in spec.fields:
        if (
            spec_field.type not in ("text", "mapping")
            or spec_field.marks & _NOT
            or spec_field.name == "formerly"
        ):
            continue
        goes_by = spec.name == "customer" and bool(spec_field.marks & _GOES_BY)
        for _, text in _secrets.values(data, spec_field.steps):
            yield text, goes_by
        if spec_field.type == "mapping" and not any(
            n.startswith(f"{spec_field.name}.") for n in spec.by_name
        ):
            yield from ((t, False) for t in _leaves(data.get(spec_field.name)))
    for key in data:
        if key not in known:
            yield from ((t, False) for t in _leaves(data[key]))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


def _load(raw: bytes, path: str) -> Mapping[str, Any]:
    from crmkit.yaml import read

    try:
        return read.load(raw, path).data
    except read.Unreadable:
        return {}
