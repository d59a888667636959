"""What two histories of a book make together: from commits to a change for the door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.book import dating, tombstones
from crmkit.book import join as joining
from crmkit.book.change import Change, Delete, Write
from crmkit.book.disk import sha256
from crmkit.book.merge import Lost, Stamp, Steps
from crmkit.errors import Refused
from crmkit.git import past
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.git.objects import Reader
    from crmkit.git.plumbing import Repository

_PLAIN = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Meeting:
    """What joining a published commit to ours does: the change, and what people should hear of it."""

    change: Change
    renumbered: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[tuple[str, Lost], ...] = ()
    kept: tuple[str, ...] = ()


class Histories:
    """Reads trees and blobs of one repository, and the dates of single values."""

    def __init__(self, session: Session, repo: Repository, reader: Reader) -> None:
        """`reader` is open."""
        self.session = session
        self.repo = repo
        self.root = session.book.root
        self._reader = reader
        self._made: dict[str, bytes] = {}
        self._docs: dict[str, Any] = {}

    def load(self, blob: str) -> bytes:
        """Return a blob's bytes, also of one that only a merge of bases has made."""
        return self._made[blob] if blob in self._made else self._reader.blob(blob)

    def tree(self, commit: str) -> dict[str, str]:
        """Return the plain files of a commit's book by path."""
        return {
            p: sha
            for p, (mode, sha) in past.tree(self.root, commit, self.repo.prefix).items()
            if mode in _PLAIN
        }

    def meet(self, ours: str, theirs: str, who: tuple[str, str], message: str) -> Meeting:
        """Return what joins `theirs` to `ours`. Raises Refused where git alone can do it."""
        bases = past.bases(self.root, ours, theirs)
        if not bases:
            raise Refused(
                N_("this book and the remote's have no common history"),
                hint=N_("begin from theirs: git clone; or look at what is there: git log {there}"),
                there=theirs[:10],
            )
        if bases == [ours]:
            return self._forward(ours, theirs, message, who)
        self._refuse_foreign(bases[0], theirs)
        mine = self.tree(ours)
        joined = self._join(self._base(bases), mine, self.tree(theirs), (ours, theirs), bases)
        writes, deletes = [], []
        for path, found in joined.files.items():
            raw = found if isinstance(found, bytes) else None
            old = mine.get(path)
            if (raw is None and found == old) or (raw is not None and old and self.load(old) == raw):
                continue
            new = self.load(str(found)) if raw is None else raw
            was = self.load(old) if old else None
            writes.append(Write(path, new, sha256(was) if was is not None else None, was))
        for path, blob in mine.items():
            if path not in joined.files:
                deletes.append(Delete(path, sha256(self.load(blob))))
        body = [message, *(f"{old} is now {new}" for old, new in joined.renumbered.items())]
        change = Change(
            tuple(writes), (), tuple(deletes), "\n\n".join(body[:1] + ["\n".join(body[1:])] * bool(body[1:])), who,
            parents=(theirs,),
        )  # fmt: skip
        return Meeting(change, joined.renumbered, joined.lost, joined.kept)

    def _forward(self, ours: str, theirs: str, message: str, who: tuple[str, str]) -> Meeting:
        self._refuse_foreign(ours, theirs)
        mine, new = self.tree(ours), self.tree(theirs)
        writes = tuple(
            Write(path, self.load(blob), sha256(was) if was is not None else None, was)
            for path, blob in new.items()
            if mine.get(path) != blob
            for was in (self.load(mine[path]) if path in mine else None,)
        )
        deletes = tuple(Delete(p, sha256(self.load(blob))) for p, blob in mine.items() if p not in new)
        return Meeting(Change(writes, (), deletes, message, who, adopt=theirs))

    def _join(
        self,
        base: Mapping[str, str],
        ours: Mapping[str, str],
        theirs: Mapping[str, str],
        tips: tuple[str, str],
        bases: Collection[str],
    ) -> joining.Joined:
        def dates(side: str, paths: Collection[str]) -> Callable[[Steps], Stamp]:
            tip = tips[0] if side == "ours" else tips[1]
            return self.dated([tip, *(f"^{b}" for b in bases)], paths)

        lists = (self.load(tree[tombstones.PATH]) for tree in (ours, theirs) if tombstones.PATH in tree)
        gone = tombstones.erased(*lists)
        return joining.join(
            base, ours, theirs, self.load, dates=dates, refers=self._refers, forgotten=gone.__contains__
        )

    def refuse_erased(self, ours: str, theirs: str) -> None:
        """Raise Refused where one history holds what the other was rewritten without: it would all come back."""
        trees = (self.tree(ours) if ours else {}, self.tree(theirs))
        lists = [self.load(tree[tombstones.PATH]) for tree in trees if tombstones.PATH in tree]
        for root in tombstones.roots(*lists):
            if not past.commit_of(self.root, root):
                continue
            mine = bool(ours) and past.bases(self.root, root, ours) == [root]
            if mine or past.bases(self.root, root, theirs) == [root]:
                raise Refused(
                    N_("this clone's history holds what was erased: it must not come back")
                    if mine
                    else N_("the remote's history holds what was erased here"),
                    hint=N_("note what you have not sent yet (git log -p), then clone the book anew")
                    if mine
                    else N_("send the new one, as crm forget spelled out: git push --force-with-lease"),
                )

    def _base(self, bases: list[str]) -> dict[str, str]:
        """Return the tree that two histories share; where they met crosswise, the merge of all they share."""
        tree = self.tree(bases[0])
        for n, other in enumerate(bases[1:], 1):
            roots = past.bases(self.root, bases[0], other)
            joined = self._join(
                self._base(roots) if roots else {}, tree, self.tree(other), (bases[n - 1], other), roots
            )
            tree = {path: self._kept(found) for path, found in joined.files.items()}
        return tree

    def _kept(self, found: bytes | str) -> str:
        if isinstance(found, str):
            return found
        name = joining.digest(found)
        self._made[name] = found
        return name

    def dated(self, revisions: list[str], paths: Collection[str]) -> Callable[[Steps], Stamp]:
        """Return when the values of a file were last set in some commits; git is asked at the first question."""

        def versions() -> list[dating.Version]:
            where = [self.repo.prefix + p for p in sorted(paths)]
            found = past.events(self.repo.top, revisions, where)
            return [dating.Version(_stamp(e), [(f.old, f.new) for f in e.files]) for e in found]

        return dating.dated(versions, self._doc)

    def _doc(self, blob: str) -> Any:
        if blob not in self._docs:
            from crmkit.yaml.read import Unreadable, load

            try:
                self._docs[blob] = load(self.load(blob), "").data if blob else {}
            except Unreadable:
                self._docs[blob] = {}
        return self._docs[blob]

    def _refers(self, path: str) -> Collection[str]:
        from crmkit.book.paths import place_of

        place = place_of(path)
        spec = self.session.catalog.kinds.get(place.kind) if place else None
        return [f.name for f in spec.fields if f.refers_to == "customer"] if spec else ()

    def _refuse_foreign(self, base: str, theirs: str) -> None:
        """Raise Refused where the other side changed what the door does not write."""
        for path, old_mode, new_mode, _ in past.changed(self.root, base, theirs):
            odd = not {old_mode, new_mode} <= {*_PLAIN, "000000"}
            if odd or not path.startswith(self.repo.prefix):
                raise Refused(
                    N_("others have changed {path}, which is not the book's"),
                    hint=N_("join the histories with git this once: git merge {commit}; then crm sync"),
                    path=path,
                    commit=theirs[:10],
                )


def _stamp(event: past.Event) -> Stamp:
    return Stamp(event.at.timestamp(), event.author, event.at.isoformat())
