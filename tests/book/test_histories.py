"""Clones that edit offline and meet: equal afterwards, nothing lost, nothing broken (faults.md promise 5)."""

from __future__ import annotations

import pytest
from tests.book.histories import live


@pytest.mark.parametrize("start", range(0, 240, 40))
def test_clones_that_edit_offline_meet_and_lose_nothing(start: int) -> None:
    merges = 0
    for seed in range(start, start + 40):
        world = live(seed, clones=2 + seed % 2)
        assert not world.lost, f"seed {seed}: {world.lost}"
        merges += world.merges
    assert merges > 40
