"""`crm due` where cron runs it: an empty environment, a machine that stands in any time zone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

SAMPLE = Path(__file__).parents[2] / "sample_data"
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
BOOKS = ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati")


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "book", ignore=shutil.ignore_patterns(".crm", ".git"))
    return tmp_path / "book"


def in_cron(book: Path, zone: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run as cron does: nothing in the environment but a PATH, here with the zone of some machine."""
    env = ["env", "-i", "PATH=/usr/bin:/bin", f"TZ={zone}"]
    crm = [sys.executable, "-m", "crmkit", "due", "--book", str(book), *words]
    return subprocess.run([*env, *crm], capture_output=True, text=True, encoding="utf-8", cwd="/", check=True)


def in_book_zone(book: Path, zone: str) -> None:
    settings = book / "crm.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("time_zone: Asia/Shanghai", f"time_zone: {zone}"), encoding="utf-8")
    assert f"time_zone: {zone}" in settings.read_text(encoding="utf-8")


@pytest.mark.parametrize("book_zone", BOOKS)
def test_the_machines_zone_changes_nothing(sample: Path, book_zone: str) -> None:
    in_book_zone(sample, book_zone)
    for on in ("2024-06-20", "2024-06-20T00:01", "2024-06-20T23:59", "2024-11-03T01:30"):
        told = {z: in_cron(sample, z, "--on", on, "--within", "30d", "--json").stdout for z in ZONES}
        rows = json.loads(told["UTC"])
        assert len(rows) > 10
        assert any("T" in row["due"] for row in rows)
        assert any("T" not in row["due"] for row in rows)
        assert told["Asia/Shanghai"] == told["UTC"] == told["America/New_York"]


def test_nor_does_it_where_the_clock_is_asked(sample: Path) -> None:
    def today() -> str:
        return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()

    def dates(zone: str) -> list[Any]:
        rows = json.loads(in_cron(sample, zone, "--json").stdout)
        return [(r["id"], r["due"], r["days"]) for r in rows if "T" not in r["due"]]

    for _ in range(3):  # again where the book's midnight fell in between
        before = today()
        told = [dates(zone) for zone in ZONES]
        if today() == before:
            break
    assert told[0]
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("zone", ZONES)
def test_birthdays_and_contracts_do_not_depend_on_the_books_zone_either(sample: Path, zone: str) -> None:
    def dates() -> list[str]:
        words = ("--on", "2024-06-20", "--within", "1y", "--json")
        rows = json.loads(in_cron(sample, zone, *words).stdout)
        return [r["id"] for r in rows if r["rule"] in {"date.birthday", "date.contract"}]

    first = dates()
    assert first
    in_book_zone(sample, "Pacific/Kiritimati")
    assert dates() == first


def test_it_says_nothing_where_nothing_is_due(sample: Path) -> None:
    done = in_cron(sample, "UTC", "--on", "2024-06-20", "customer.name:没有这个客户")
    assert (done.stdout, done.stderr) == ("", "")
