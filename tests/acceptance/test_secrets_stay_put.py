"""100 planted secrets are looked for in every place that crmkit writes to: hits 0 (R-000-39, R-001-40, faults.md 11).

The places: every git object (loose, packed, unreachable), all of .git and .crm, the files of the book, the user's state
and cache folders, temporary files, and everything printed; after entry by stdin, file, editor and import of a text,
failed entries, conflicts, a bulk change, a crash with a secret in a variable, reminders, calendars and exports.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from crmkit import __main__, i18n
from crmkit.values.idnumber import resident_id_check_digit

ON = ("--on", "2024-06-15T10:00")


def resident(n: int) -> str:
    """Return a made-up ID card number with a valid check digit."""
    first = f"11010119{50 + n // 28 % 50:02d}{1 + n % 12:02d}{1 + n % 28:02d}{100 + n:03d}"
    return first + resident_id_check_digit(first)


CANARIES = tuple(resident(n) if n % 2 else f"6222{n:03d}9{n * 7919 % 10**11:011d}" for n in range(100))


class Run:
    """`crm` in a folder of its own; everything printed is kept."""

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self.root, self.patch, self.capfd = root, monkeypatch, capfd
        self.printed: list[str] = []

    def __call__(self, *words: str, stdin: str = "", code: int | None = 0) -> str:
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            got = __main__.main(list(words))
        finally:
            i18n.set_language("en")
        out, err = self.capfd.readouterr()
        self.printed += [out, err]
        assert code is None or got == code, err
        return out


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    for name in ("CRM_BOOK", "LANG", "LC_ALL", "CRM_AGE_KEY_FILE", "XDG_RUNTIME_DIR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "tmp").mkdir()
    for name, value in {
        "HOME": home, "XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache", "XDG_CONFIG_HOME": home / "config",
        "TMPDIR": tmp_path / "tmp", "CRM_USER": "张三", "CRM_LANG": "en", "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(tmp_path)
    made = Run(tmp_path, monkeypatch, capfd)
    made("init", "book", "--lang", "zh", "--no-review")
    monkeypatch.chdir(tmp_path / "book")
    made("keys", "init", *ON)
    with (tmp_path / "book" / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write("fields: {customer: {cards: {many: true, marks: [secret]}}}\n")
    return made


def hits(run: Run, wanted: tuple[str, ...]) -> dict[str, list[str]]:
    """Return where any of the texts stands, by sink."""
    book = run.root / "book"
    words = ["git", "-C", str(book), "cat-file", "--batch-all-objects", "--batch"]
    sinks = {
        "git objects": subprocess.run(words, capture_output=True, check=True).stdout,
        "printed": "".join(run.printed).encode(),
    }
    for place in ("book", "home", "tmp"):
        for file in sorted((run.root / place).rglob("*")):
            if file.is_file():
                sinks[str(file.relative_to(run.root))] = file.read_bytes()
    found = {}
    for name, raw in sinks.items():
        there = [w for w in wanted if w.encode() in raw]
        if there:
            found[name] = there
    return found


def editor(tmp_path: Path, script: str) -> str:
    """Return an editor that runs a shell script over the file."""
    path = tmp_path / "tmp" / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def plant(run: Run) -> None:
    """Let every way into the book and out of it have its secrets."""
    ids = [c for c in CANARIES if c.startswith("1101")]
    cards = [c for c in CANARIES if not c.startswith("1101")]
    book = run.root / "book"
    for n in range(4):
        run("add", "customer", f"name=客户{n}", "type=person", f"contacts.0.mobile=1390000000{n}", *ON)
    # stdin, one after another: each replaces the last, so old ones stay in the history
    for n in range(3):
        run("set", f"客户{n % 4}", "id_number=-", *ON, stdin=ids.pop())
        run("set", f"客户{n % 4}", "bank_account=-", *ON, stdin=cards.pop())
    # a file, many records at once, a dry run, a text given to add
    given = run.root / "given.txt"
    given.write_text(cards.pop(), encoding="utf-8")
    run("set", "客户0", f"bank_account=@{given}", *ON)
    given.unlink()
    run("set", "--where", "type:person", "bank_account=-", "--yes", *ON, stdin=cards.pop())
    run("set", "客户0", "id_number=-", "--dry-run", *ON, stdin=ids.pop())
    run(
        "add",
        "customer",
        "--from",
        "-",
        *ON,
        stdin=f"name: 客户9\nid_number: {ids.pop()}\nbank_account: '{cards.pop()}'\n",
    )
    # what is refused: a wrong number, an unknown field beside it, one that is typed
    wrong = ids.pop()
    run("set", "客户0", "id_number=-", *ON, stdin=wrong[:-1] + ("1" if wrong[-1] != "1" else "2"), code=2)
    run("set", "客户0", "id_number=-", "emial=x", *ON, stdin=ids.pop(), code=2)
    run("set", "客户0", f"id_number={ids.pop()}", *ON, code=1)
    run("set", "客户0", "bank_account+=-", *ON, stdin=cards.pop(), code=2)
    # the editor: a plain value, a broken text, an editor that fails, a file changed meanwhile
    customer = next(book.glob("customers/2024/202406-001/customer.yaml"))
    line = 'printf \'bank_account: "%s"\\n\' {value} >> "$1"'
    drop = "sed -i '/^bank_account/d' \"$1\"\n"
    for script, code in (
        (drop + line.format(value=cards.pop()), 0),
        (drop + line.format(value=cards.pop()) + "\nprintf 'stage: nonsense\\n' >> \"$1\"", 1),
        (drop + line.format(value=cards.pop()) + "\nexit 3", 1),
        (drop + line.format(value=cards.pop()) + f"\necho '# hand' >> {customer}", 1),
        (drop + line.format(value=cards.pop()) + "\nprintf '\\tbroken: [\\n' >> \"$1\"", 1),
    ):
        run.patch.setenv("CRM_EDITOR", editor(run.root, script))
        run("edit", "客户0", *ON, code=code)
    # written by hand, found by check, encrypted by --fix and by the next write
    for command in (("check", "--fix"), ("set", "客户1", "stage=intent")):
        path = book / "customers/2024/202406-002/customer.yaml"
        text = "".join(x for x in path.read_text("utf-8").splitlines(keepends=True) if "id_number" not in x)
        path.write_text(f"{text}id_number: {ids.pop()}\n", encoding="utf-8")
        run("check", code=3)
        run("list", "customer")
        run("show", "客户1")
        run(*command, *ON, code=None)
    # a crash with a secret in a variable, in the act of encrypting
    from crmkit.crypt import sealed

    def broken(*args: object) -> str:
        held = args[0]
        raise RuntimeError(f"while {held}") from ValueError(held)

    for value in (ids.pop(), ids.pop()):
        with run.patch.context() as patch:
            patch.setattr(sealed, "seal", broken)
            run("set", "客户2", "id_number=-", *ON, stdin=value, code=70)
    # the rest goes in, and everything that shows or sends is run
    run("set", "客户3", "cards=-", *ON, stdin="\n".join((*ids, *cards)))
    run("log", "客户3", "--content", "谈妥", "--next", "寄合同", "--by", "2024-06-16", *ON)
    for words in (
        ("due", *ON), ("show", "客户3"), ("show", "客户3", "--json"), ("find", "客户"), ("card", "客户3", *ON),
        ("list", "customer", "--columns", "name,id_number,bank_account", "--json"), ("export", "ics", *ON),
        ("keys", "rotate", *ON), ("keys", "list"), ("undo", "--yes"), ("check",), ("doctor",),
    ):  # fmt: skip
        run(*words, code=None)
    subprocess.run(["git", "-C", str(book), "gc", "-q"], check=True)


def test_100_planted_secrets_are_nowhere_in_plain_text(run: Run) -> None:
    assert len(set(CANARIES)) == 100
    plant(run)
    assert list(
        (run.root / "home" / "state" / "crmkit").glob("bug-*.log")
    )  # the crashes did leave their logs
    (run.root / "tmp" / "editor.sh").unlink()  # the planter's own
    assert hits(run, CANARIES) == {}


def test_the_control_finds_one_in_each_sink(run: Run) -> None:
    book, value = run.root / "book", CANARIES[0]
    (book / "customers").mkdir()
    (book / "customers" / "note.txt").write_text(value)
    subprocess.run(
        ["git", "-C", str(book), "hash-object", "-w", "--stdin"],
        input=value.encode(),
        check=True,
        capture_output=True,
    )
    for path in (".crm/cache/x", ".crm/journal/x", ".git/COMMIT_EDITMSG"):
        (book / path).parent.mkdir(exist_ok=True)
        (book / path).write_text(value)
    (run.root / "home" / "state" / "bug.log").parent.mkdir(exist_ok=True)
    (run.root / "home" / "state" / "bug.log").write_text(value)
    run.printed.append(value)
    found = hits(run, CANARIES)
    assert set(found) == {
        "git objects", "printed", "book/customers/note.txt", "book/.crm/cache/x", "book/.crm/journal/x",
        "book/.git/COMMIT_EDITMSG", "home/state/bug.log",
    }  # fmt: skip
    assert all(there == [value] for there in found.values())
