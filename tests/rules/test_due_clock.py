"""No rule asks the time or a file: watched while they run, and with the clock standing elsewhere."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from tests.rules.dossiers import HORIZON, SETTINGS, Raw, dossier, dossiers, rows_of

from crmkit.rules.agenda import agenda
from crmkit.settings.model import Settings

_CLOCKS = frozenset(
    {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime"}
)
_FILES = frozenset({"open", "stat", "lstat", "scandir", "listdir", "getcwd", "read"})


@contextmanager
def _watched(names: frozenset[str]) -> Iterator[None]:
    """Raise where a built-in function of one of these names is called, whatever imported it."""

    def look(frame: Any, event: str, arg: Any) -> None:
        if event == "c_call" and arg.__name__ in names:
            raise AssertionError(f"{arg.__qualname__} called in {frame.f_code.co_filename}:{frame.f_lineno}")

    gc.disable()  # hypothesis times every collection
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()


@pytest.mark.parametrize("name", ["now", "time"])
def test_the_watch_notices(name: str) -> None:
    ask = (lambda: datetime.now(UTC)) if name == "now" else time.time
    with pytest.raises(AssertionError, match=name), _watched(_CLOCKS):
        ask()


@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), SETTINGS)
def test_no_rule_reads_the_clock_or_a_file(raw: Raw, settings: Settings) -> None:
    subject = dossier(raw, settings)
    expected = agenda(subject, settings, HORIZON)  # imports what is imported late
    with _watched(_CLOCKS | _FILES):
        found = agenda(subject, settings, HORIZON)
    assert found == expected


@profile(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), SETTINGS)
def test_the_agenda_is_the_same_in_any_year(raw: Raw, settings: Settings) -> None:
    with time_machine.travel("1999-12-31T23:59:59Z", tick=False):
        early = rows_of(raw, settings)
    with time_machine.travel("2031-02-28T16:00:00Z", tick=False):
        late = rows_of(raw, settings)
    assert early == late
