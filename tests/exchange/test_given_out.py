"""Files that crmkit hands out: names, and replacing them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.exchange import files


@pytest.mark.parametrize("name", ["张三", "Zhang San", "o'brien@example.com", "李 四", "n.n"])
def test_a_plain_name_stays(name: str) -> None:
    assert files.file_name(name, ".ics") == f"{name}.ics"


HOSTILE = [
    "../../etc/passwd", "..", ".", "", "/", "a/b", "a\\b", "C:\\x", "con", "NUL.x", "com1", "x" * 5000, "汉" * 300,
    "a\nb", "\x00", "\x1b[2J", "\u202egnp", ".hidden", "trailing.", "trailing ", "\ud800", "-rf", "~root", "a*?b",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_in_the_folder(tmp_path: Path, name: str) -> None:
    made = files.file_name(name, ".ics")
    path = tmp_path / made
    path.write_bytes(b"x")
    assert path.parent.resolve() == tmp_path
    assert [p.name for p in tmp_path.iterdir()] == [made]
    assert not made.startswith(".")
    assert made.isprintable()


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_people_never_share_a_file(one: str, two: str) -> None:
    import unicodedata

    if unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", two):
        assert files.file_name(one, ".ics") != files.file_name(two, ".ics")


def test_the_same_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    assert files.replace(path, b"one") is True
    os.utime(path, (1, 1))
    assert files.replace(path, b"one") is False
    assert path.stat().st_mtime == 1
    assert files.replace(path, b"two") is True
    assert (path.read_bytes(), path.stat().st_mtime > 1) == (b"two", True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.ics"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.ics", tmp_path / "link.ics"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert files.replace(link, b"new") is True
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"new", 0o640)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    listener = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    listener.start()
    assert files.replace(pipe, b"x" * 100) is True
    listener.join()
    assert heard == [b"x" * 100]


def test_errors_name_the_file_that_was_meant(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "a.ics"
    with pytest.raises(FileNotFoundError) as told:
        files.replace(missing, b"x")
    assert told.value.filename == str(missing)
    with pytest.raises(OSError, match=r"."):
        files.replace(tmp_path, b"x")
    assert [p.name for p in tmp_path.iterdir()] == []


def test_a_reader_sees_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    texts = {b"a" * 50_000, b"b" * 50_000}
    files.replace(path, b"a" * 50_000)
    seen: set[bytes] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    reading = threading.Thread(target=read)
    reading.start()
    for _ in range(40):
        for text in sorted(texts):
            files.replace(path, text)
    stop.set()
    reading.join()
    assert seen <= texts
