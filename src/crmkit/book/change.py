"""A change as a value: what shall stand where, and what it was computed from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Write:
    """`text` shall stand at `path`.

    `base` is the sha256 (hex) of the bytes that the text was computed from, None where there must be no file
    yet. `was` may hold those bytes: then a conflict can show the change to do again as a clean diff.
    """

    path: str
    text: str | bytes
    base: str | None = None
    was: bytes | None = None

    @property
    def data(self) -> bytes:
        """The bytes to write."""
        return self.text.encode("utf-8") if isinstance(self.text, str) else self.text


@dataclass(frozen=True, slots=True)
class Move:
    """The file or folder `source` shall be called `target`, where nothing may stand yet.

    Moves come after writes and deletes: these name a file in the folder that moves by its old path.
    """

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The file at `path` shall go; `base` is the sha256 (hex) of what it must hold."""

    path: str
    base: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a book: everything in it happens, or nothing.

    `message` becomes the git commit's; `actor` is `(name, email)` of its author, either may be "".
    """

    writes: tuple[Write, ...] = ()
    moves: tuple[Move, ...] = ()
    deletes: tuple[Delete, ...] = ()
    message: str = ""
    actor: tuple[str, str] = ("", "")
    standing: bool = False
    """The files may hold their texts already: they are committed all the same."""
    gone: tuple[str, ...] = ()
    """Files that somebody has removed already, for git to know."""
    parents: tuple[str, ...] = ()
    """Commits that the change's commit joins to the book's history."""
    adopt: str = ""
    """The commit that the branch becomes, where the change is what leads to it."""

    @property
    def joins(self) -> bool:
        """Whether it brings in what others have committed: then it may touch files that are not the book's."""
        return bool(self.parents or self.adopt)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a change.

    `commit` is the abbreviated commit, "" where none was made; `warning` then says why, in the reader's
    language. `kept` are files under `.crm/conflicts` with what somebody else saved at the same moment.
    """

    commit: str = ""
    paths: tuple[str, ...] = ()
    warning: str = ""
    kept: tuple[str, ...] = ()
