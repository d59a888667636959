"""A new book: its folder, its first files, its repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crmkit.book import store
from crmkit.book.paths import SETTINGS, Book
from crmkit.errors import CrmError, Refused
from crmkit.i18n import N_

ATTRIBUTES = """\
# crmkit: records are merged field by field, and line ends are never converted.
*.yaml merge=crm -text
customers/retired.txt merge=union -text
customers/forgotten.txt merge=union -text
**/files/** -text
"""
IGNORED = ".crm/\n"
DRIVER = {"merge.crm.name": "records, field by field", "merge.crm.driver": "crm merge-file %O %A %B %P"}
"""What lets git itself merge records as `crm sync` does; a clone has it from its first sync on."""
HOOK = """\
#!/bin/sh
# crmkit: records with errors are not committed. Skip it once with: git commit --no-verify
command -v crm >/dev/null 2>&1 || exit 0
exec crm --book "$(git rev-parse --show-toplevel)/{prefix}" check
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A new book; `commit` is "" where `warning` says why, `own` whether the repository is its own."""

    book: Book
    commit: str
    warning: str
    own: bool


def refuse_unfit(directory: Path) -> None:
    """Raise Refused where there is a book already, or a file in the way."""
    if (directory / SETTINGS).exists():
        raise Refused(N_("there is a book in {folder} already"), folder=str(directory))
    if directory.exists() and not directory.is_dir():
        raise Refused(N_("{folder} is not a folder"), folder=str(directory))


def refuse_foreign(directory: Path) -> None:
    """Raise Refused where the folder holds other things: a book begun in the wrong place is a commit in it."""
    names = sorted(e.name for e in directory.iterdir()) if directory.is_dir() else []
    foreign = [n for n in names if n[0] != "." and not n.upper().startswith(("README", "LICENSE"))]
    if foreign:
        raise Refused(
            N_("{folder} is not empty: {names}"),
            hint=N_("name a new folder: crm init mybook; or make the book here all the same: --yes"),
            folder=str(directory),
            names=", ".join(foreign[:3]) + (", …" if len(foreign) > 3 else ""),
        )


def create(
    directory: Path,
    settings: str,
    actor: tuple[str, str] = ("", ""),
    files: Mapping[str, bytes] | None = None,
) -> Made:
    """Make a book in `directory` (made if need be) with `settings` as its crm.yaml and `files` beside it.

    In a repository it becomes part of that, elsewhere it gets its own. Raises Refused where a book is there
    already or the disk will not have it; git's trouble is only told.
    """
    refuse_unfit(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        book = Book(directory.resolve())
        own, warning = _repository(book.root)
        texts = {
            SETTINGS: settings.encode(),
            ".gitignore": IGNORED.encode(),
            ".gitattributes": ATTRIBUTES.encode(),
        }
        writes = []
        for path, raw in (texts | dict(files or {})).items():
            old = book.read(path) if (book.root / path).exists() else None
            new = _with(old, raw) if path.startswith(".") else raw
            writes.append(store.Write(path, new, None if old is None else _digest(old), old))
        applied = store.apply(book, store.Change(tuple(writes), message="init: a new book", actor=actor))
        if not warning:
            warning = _hook(book.root)
    except OSError as e:
        raise Refused(N_("{folder}: {reason}"), folder=str(directory), reason=e.strerror or str(e)) from None
    return Made(book, applied.commit, "\n".join(w for w in (warning, applied.warning) if w), own)


def _digest(raw: bytes) -> str:
    from crmkit.book.disk import sha256

    return sha256(raw)


def _with(old: bytes | None, new: bytes) -> bytes:
    """Add our lines to a file of git's that is there already."""
    if old is None:
        return new
    lines = old.decode("utf-8", "replace").splitlines()
    missing = [line for line in new.decode().splitlines() if line not in lines]
    return (
        old + (b"" if old.endswith(b"\n") or not old else b"\n") + "".join(f"{x}\n" for x in missing).encode()
    )


def _repository(root: Path) -> tuple[bool, str]:
    """Make a repository unless the book lies in one; return whether it is its own, and the trouble."""
    from crmkit.git import plumbing

    # a folder that the repository around it ignores (a demo in a clone) is not part of it
    if plumbing.enclosing(root) and not plumbing.ignored(root):
        return (root / ".git").exists(), ""
    try:
        plumbing.run(root, "init", "--quiet", "--template=", "--initial-branch=main")
    except plumbing.GitError as e:
        return False, f"{e}" + (f" ({e.hint})" if str(e.hint) else "")
    return True, ""


def _hook(root: Path) -> str:
    """Have git check the records before each commit in this clone and merge them by fields; return the trouble."""
    from crmkit.git import plumbing

    try:
        repo = plumbing.discover(root)
        for key, value in DRIVER.items():
            if repo.setting(key) != value:
                plumbing.run(root, "config", "--local", key, value)
        hook = repo.common_dir / "hooks" / "pre-commit"
        if not hook.exists() and not repo.setting("core.hookspath"):
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(HOOK.format(prefix=repo.prefix), "utf-8")
            hook.chmod(0o755)
    except (CrmError, OSError) as e:
        return str(e)
    return ""


def known_as(book: Book, name: str, email: str) -> None:
    """Let git know who works in a book's own repository; without git nothing happens."""
    from crmkit.git import plumbing

    try:
        plumbing.run(book.root, "config", "user.name", name)
        plumbing.run(book.root, "config", "user.email", email)
    except plumbing.GitError:
        return
