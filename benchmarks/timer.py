"""Whole processes timed in turn (A B A B ...), so that a ratio holds while the machine's speed drifts."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one command over all its runs, and the median pair-by-pair ratio to the first command."""

    median: float
    least: float
    most: float
    ratio: float


def once(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Return the wall seconds of one run; its output is thrown away. RuntimeError where it fails."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    began = time.perf_counter()
    pid = os.posix_spawnp(command[0], list(command), dict(env), file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{' '.join(command)} failed ({os.waitstatus_to_exitcode(status)})")
    return taken


def in_turn(commands: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int = 7) -> dict[str, Times]:
    """Run each command once to warm up and then `runs` times, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            seconds = once(command, env)
            if turn:
                taken[name].append(seconds)
    first = next(iter(taken.values()))
    return {
        name: Times(
            statistics.median(all_),
            min(all_),
            max(all_),
            statistics.median(a / b for a, b in zip(all_, first, strict=True)),
        )
        for name, all_ in taken.items()
    }


def table(title: str, times: Mapping[str, Times]) -> str:
    """Return the figures as Markdown."""
    first = next(iter(times))
    head = f"\n### {title}\n\n| | ms | min | max | x {first} |\n|---|---|---|---|---|\n"
    rows = (
        f"| {name} | {t.median * 1e3:.0f} | {t.least * 1e3:.0f} | {t.most * 1e3:.0f} | {t.ratio:.2f} |\n"
        for name, t in times.items()
    )
    return head + "".join(rows)
