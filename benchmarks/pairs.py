"""Whole processes timed in turn, A B A B ..., so that a busy machine is as hard on the one as on the other."""

from __future__ import annotations

import os
import shlex
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Median wall and CPU seconds of one command, and the median of its pairwise ratios to the first one."""

    wall: float
    cpu: float
    ratio: float
    cpu_ratio: float


def once(command: Sequence[str], env: Mapping[str, str], folder: str) -> tuple[float, float]:
    """Run a command silently; return its wall and CPU seconds. Raises RuntimeError where it fails."""
    silent = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    shell = ["/bin/sh", "-c", f"cd {shlex.quote(folder)} && exec {shlex.join(command)}"]
    start = time.perf_counter()
    pid = os.posix_spawn(shell[0], shell, dict(env), file_actions=silent)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{shlex.join(command)}: exit code {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime


def compare(
    commands: Mapping[str, Sequence[str]],
    env: Mapping[str, str],
    folder: str = "/",
    runs: int = 9,
    warm: int = 1,
) -> dict[str, Timing]:
    """Time every command `runs` times, all of them once in each round, after `warm` rounds that do not count."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(-warm, runs):
        for name, command in commands.items():
            found = once(command, env, folder)
            if turn >= 0:
                seen[name].append(found)
    first = next(iter(seen.values()))
    median = statistics.median
    return {
        name: Timing(
            median(wall for wall, _ in times),
            median(cpu for _, cpu in times),
            median(mine[0] / other[0] for mine, other in zip(times, first, strict=True)),
            median(mine[1] / other[1] for mine, other in zip(times, first, strict=True)),
        )
        for name, times in seen.items()
    }
