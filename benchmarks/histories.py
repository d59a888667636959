"""How many made-up histories of clones lose a value: `python benchmarks/histories.py [COUNT] [FIRST SEED]`.

People edit the same book in two or three clones, offline and at random (the same field, list and contact, moves,
deletes against edits, numbers given twice, approvals, secrets), and meet in any order. Printed: what was tried and
lost.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.book.histories import live


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.monotonic()
    bad: list[int] = []
    commits = merges = attics = renumbered = 0
    for seed in range(first, first + count):
        try:
            world = live(seed, clones=2 + seed % 2, turns=8 + seed % 17)
        except AssertionError:
            bad.append(seed)
            continue
        if world.lost:
            bad.append(seed)
            print(f"seed {seed}: {world.lost[:5]}", file=sys.stderr)
        commits += len(world.commits)
        merges += world.merges
        attics += world.attics
        renumbered += world.renumbered
    took = time.monotonic() - began
    print(
        f"histories {count} (seeds {first}..{first + count - 1}), commits {commits}, merges {merges}, "
        f"values in attics {attics}, dossiers renumbered {renumbered}, "
        f"with losses or differences {len(bad)}, {took:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
