"""Where things lie in a book: finding it, walking it, and from a path to a record and back.

Everything here works on names and file times alone and imports nothing heavy: every command passes through
it. Paths are relative to the book, with forward slashes, in NFC.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.errors import NotFound, Refused
from crmkit.frozen import dataclass
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog, KindSpec

SETTINGS = "crm.yaml"
STATE = ".crm"
CUSTOMERS = "customers"
DRAFTS = "drafts"
FILES = "files"
CHORES = "chores"
"""Ticks of the team's duties, a file a year; no records lie there."""
CUSTOMER_FILE = "customer.yaml"
FOLDERS = ("campaigns", CUSTOMERS, "products")
"""Where records lie when no catalogue is at hand; `folders` asks one."""

READ_LIMIT = 1 << 21
"""More of a record's file is never read; the YAML reader refuses far less than this."""

_BESIDE = frozenset({"keys.yaml", "attic.yaml", "access.yaml"})
_ROOT_DOTFILES = frozenset({".gitattributes", ".gitignore"})


@dataclass(frozen=True, slots=True)
class Book:
    """A directory with a `crm.yaml`. `root` is absolute and free of symbolic links."""

    root: Path

    def __post_init__(self) -> None:
        if not self.root.is_absolute():  # git runs in another folder than we do
            object.__setattr__(self, "root", self.root.resolve())

    @property
    def settings_path(self) -> Path:
        """The settings file."""
        return self.root / SETTINGS

    @property
    def state(self) -> Path:
        """The folder of everything that is not data: lock, journal, conflicts, cache."""
        return self.root / STATE

    @property
    def cache(self) -> Path:
        """What may be deleted at any time: the index and the logs."""
        return self.root / STATE / "cache"

    def read(self, path: str) -> bytes:
        """Return the bytes of the plain file at `path`, at most READ_LIMIT of them.

        Raises OSError (FileNotFoundError where nothing is there), Refused for a link or a device.
        """
        fd = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise Refused(N_("{path} is not a plain file"), path=path)
            parts = []
            left = READ_LIMIT
            while left > 0 and (part := os.read(fd, left)):
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(fd)

    def whole(self, path: str) -> bytes:
        """Return all bytes of the plain file at `path`, an attachment; raises as `read`, follows no link on the way."""
        from crmkit.book.disk import Disk

        with Disk(self.root) as disk:
            found = disk.read(path)
        if found is None:
            raise FileNotFoundError(path)
        return found[0]

    @property
    def interrupted(self) -> bool:
        """Whether the journal holds a change that a crash may have left: `store.recover` finishes it."""
        try:
            with os.scandir(self.state / "journal") as left:
                return next(left, None) is not None
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Place:
    """What a path says of the record in it.

    `kind` is the prefix of the file's name, known or not; `id` is unique over the book; `dossier` is the
    path of the dossier's folder, "" for records outside dossiers.
    """

    kind: str
    id: str
    dossier: str = ""

    @property
    def customer(self) -> str:
        """The customer's number (or draft id), "" for records outside dossiers."""
        return self.dossier.rpartition("/")[2]

    @property
    def draft(self) -> bool:
        """Whether the dossier waits for review."""
        return self.customer.startswith("draft-")


def find(option: str | None, env: Mapping[str, str], cwd: Path) -> Book:
    """Return the book that `--book`, CRM_BOOK or the nearest folder upward names; NotFound without one."""
    for said, where in ((option, "--book"), (env.get("CRM_BOOK"), "CRM_BOOK")):
        if said:
            folder = cwd / Path(said).expanduser()
            folder = folder.parent if folder.name == SETTINGS else folder
            if not (folder / SETTINGS).is_file():
                raise NotFound(
                    N_("{where} names {folder}, and there is no {file} in it"),
                    hint=N_("make a book there: crm init {folder}"),
                    where=where,
                    folder=str(folder),
                    file=SETTINGS,
                )
            return Book(folder.resolve())
    here = cwd.resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return Book(folder)
    raise NotFound(
        N_("no book here: neither {folder} nor a folder above it has a {file}"),
        hint=N_("make one with: crm init   or name one with: --book DIR"),
        folder=str(here),
        file=SETTINGS,
    )


def place_of(path: str) -> Place | None:
    """Return what `path` says of its record, None for what is none (settings, keys, attachments).

    The kind is whatever the name begins with: whether there is such a kind is the reader's question, so that
    a misspelt name is reported and not passed over.
    """
    if not path.endswith(".yaml"):
        return None
    folder, _, name = path.rpartition("/")
    if not folder or name in _BESIDE or f"/{FILES}/" in path:
        return None
    top = folder.partition("/")[0]
    if top == CHORES:
        return None
    if top != CUSTOMERS:
        return Place(name[:-5].partition("-")[0], name[:-5])
    if name == CUSTOMER_FILE:
        return Place("customer", folder.rpartition("/")[2], folder)
    return Place(name[:-5].partition("-")[0], name[:-5], folder)


def folders(catalog: Catalog) -> tuple[str, ...]:
    """Return the folders at the root that hold records."""
    places = {k.place for k in catalog.kinds.values()} - {"dossier", "customer", ""}
    return tuple(sorted(places | {CUSTOMERS, CHORES}))


def walk(
    book: Book, folders: Iterable[str] = FOLDERS, odd: list[tuple[str, str]] | None = None
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every record file as `(path, lstat)`, in no order.

    Links are not followed: a link, a device and a `.yml` are put into `odd` as `(path, "link" | "special" |
    "yml")`, a folder that cannot be read as `(path, "unreadable")`.
    """
    root = f"{book.root}/"
    cut = len(root)
    todo = [root + folder for folder in folders]
    while todo:
        folder = todo.pop()
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            continue
        except OSError:
            if odd is not None:
                odd.append((folder[cut:], "unreadable"))
            continue
        for entry in entries:
            name = entry.name
            if name.endswith(".yaml") and name[0] != ".":
                try:
                    info = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone since the folder was read
                if stat.S_ISREG(info.st_mode):
                    if name not in _BESIDE:
                        yield entry.path[cut:], info
                elif odd is not None:
                    odd.append((entry.path[cut:], "link" if entry.is_symlink() else "special"))
            elif entry.is_dir(follow_symlinks=False):
                if name != FILES and name[0] != ".":
                    todo.append(entry.path)
            elif odd is not None:
                _note_odd(entry, cut, odd)


def _note_odd(entry: os.DirEntry[str], cut: int, odd: list[tuple[str, str]]) -> None:
    if entry.name.endswith(".yml"):
        odd.append((entry.path[cut:], "yml"))
    elif entry.is_symlink():
        odd.append((entry.path[cut:], "link"))


def dossier_files(book: Book, folder: str) -> list[str]:
    """Return the paths of all plain files below `folder`, attachments too, sorted."""
    found = []
    for base, dirs, names in os.walk(book.root / folder):
        dirs.sort()
        prefix = Path(base).relative_to(book.root).as_posix()
        found += [
            f"{prefix}/{n}" for n in names if (Path(base) / n).is_file() and not (Path(base) / n).is_symlink()
        ]
    return sorted(found)


def customer_folder(number: str) -> str:
    """Return the folder of the dossier with that number or draft id."""
    group = DRAFTS if number.startswith("draft-") else number[:4]
    return f"{CUSTOMERS}/{group}/{number}"


def record_path(spec: KindSpec, ident: str, folder: str, day: object = None) -> str:
    """Return where a record lies: in the dossier `folder`, or in the year of `day` where years are kept."""
    if spec.place == "dossier":
        return f"{folder}/{ident}.yaml"
    if spec.place == "customer":
        return f"{folder or customer_folder(ident)}/{CUSTOMER_FILE}"
    year = getattr(day, "year", 0) if spec.by_year else 0
    return f"{spec.place}/{year:04d}/{ident}.yaml" if year else f"{spec.place}/{ident}.yaml"


def check_path(path: str) -> str:
    """Return `path`; raise Refused where it is no name that a book may hold.

    Refuses what leaves the book, hides, or is another file on another disk: `..`, `.git`, backslashes,
    control characters, trailing dots and spaces, names that are not in NFC, overlong names.
    """
    bad = not path or path.startswith("/") or len(path.encode("utf-8", "surrogatepass")) > 1000
    bad = bad or unicodedata.normalize("NFC", path) != path
    for i, part in enumerate(path.split("/")):
        dotfile = part.startswith(".") and not (i == 0 and path in _ROOT_DOTFILES)
        bad = bad or not part or dotfile or part[-1] in ". " or part.casefold() == "git~1"
        bad = bad or len(part.encode("utf-8", "surrogatepass")) > 250
        bad = bad or any(
            c in '\\:*?"<>|' or unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in part
        )
    if bad:
        raise Refused(N_("{path!r} is no name for a file in a book"), path=path)
    return path


def check_foreign(path: str) -> str:
    """Return the path of a file that came with a merge; raise Refused where it is no place for one.

    It need not be the book's own. Refuses what leaves the book, git's own folder and ours.
    """
    parts = path.split("/")
    bad = not path or path.startswith("/") or "\0" in path or parts[0] == STATE
    bad = bad or any(p in {"", ".", ".."} or p.casefold() in {".git", "git~1"} for p in parts)
    bad = bad or any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in path)
    if bad:
        raise Refused(N_("{path!r} is no name for a file in a book"), path=path)
    return path
