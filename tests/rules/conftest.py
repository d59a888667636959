"""Dossiers under test are written as YAML and read the way a book's files are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from crmkit.records.base import Identity
from crmkit.records.read import read
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.load import load
from crmkit.settings.model import Settings
from crmkit.yaml import read as yaml

NUMBER = "202406-001"
HORIZON = date(2027, 1, 1)
# without the festivals that crmkit names: greetings of many years would stand in every agenda of a high-value customer
SETTINGS = """holidays: {元旦: off, 春节: off, 端午节: off, 中秋节: off, 国庆节: off}
name: 测试
language: zh
time_zone: Asia/Shanghai
tiers:
  - {code: A, name: VIP, high_value: true}
  - {code: B, name: 普通}
"""

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
Show = Callable[[list[Row]], list[str]]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the tables."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def make_settings() -> MakeSettings:
    """Settings from a crm.yaml, with the tiers A (high value) and B unless it says otherwise."""

    def make(text: str = "") -> Settings:
        return load((SETTINGS + dedent(text)).encode())[0]

    return make


@pytest.fixture(scope="session")
def settings(make_settings: MakeSettings) -> Settings:
    """The defaults, in a Chinese book."""
    return make_settings("")


@pytest.fixture(scope="session")
def make(settings: Settings) -> Make:
    """Read a dossier: sections headed `--- kind` or `--- kind id`; ids are made up where none is given."""

    def make(text: str, *, draft: bool = False, settings: Settings = settings) -> Dossier:
        records: dict[str, list[tuple[str, str]]] = {}
        for at, (kind, ident, body) in enumerate(_sections(dedent(text))):
            records.setdefault(kind, []).append((ident or f"{kind}-{at}", body))
        return _dossier(records, settings, draft=draft)

    return make


@pytest.fixture(scope="session")
def due(settings: Settings, make: Make) -> Callable[..., list[str]]:
    """The whole agenda of a dossier, each row as `DUE rule +rule DUE`."""

    def due(text: str, *, draft: bool = False, settings: Settings = settings) -> list[str]:
        return [shown(row) for row in agenda(make(text, draft=draft, settings=settings), settings, HORIZON)]

    return due


def shown(row: Row) -> str:
    """`DUE rule +rule DUE` with the reasons beside it."""
    text = row.due.strftime("%Y-%m-%dT%H:%M") if isinstance(row.due, datetime) else row.due.isoformat()
    return " ".join([f"{text} {row.rule}", *(f"+{a.rule} {a.due}" for a in row.also)])


def _sections(text: str) -> list[tuple[str, str, str]]:
    parts = re.split(r"^--- (\w+)(?: (\S+))?\n", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "a dossier begins with `--- kind`"
    return list(zip(parts[1::3], [p or "" for p in parts[2::3]], parts[3::3], strict=True))


def _dossier(records: dict[str, list[tuple[str, str]]], settings: Settings, *, draft: bool) -> Dossier:
    loaded = {
        kind: [
            read(
                kind,
                yaml.load((body.strip() + "\n").encode(), f"{ident}.yaml", empty_ok=True),
                settings,
                Identity(NUMBER if kind == "customer" else ident, f"{ident}.yaml", NUMBER),
            )
            for ident, body in bodies
        ]
        for kind, bodies in records.items()
    }
    docs = {
        kind: [
            {**x.doc, "id": x.record.id, "kind": kind, "path": x.record.path, "customer": NUMBER}
            for x in found
        ]
        for kind, found in loaded.items()
    }
    customers = [x.record for x in loaded.pop("customer", [])]
    return Dossier(
        NUMBER,
        draft,
        customers[0] if customers else None,  # type: ignore[arg-type]
        {kind: tuple(x.record for x in found) for kind, found in loaded.items()},
        docs,
    )
