"""python -m benchmarks [COUNT ...]: crmkit beside its peers, ratios from one run. See README.md here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from benchmarks import book, build, peers
from benchmarks.timer import in_turn, table

OUT = Path(__file__).parent / "out"
CRM = shutil.which("crm", path=str(Path(sys.executable).parent)) or "crm"


def questions(count: int) -> None:
    """Time what people ask many times a day, on a warm index."""
    root = OUT / f"book-{count}"
    book.make(count, root)
    crm = [CRM, "--book", str(root), "--on", str(book.TODAY), "--owner", "all"]
    commands = {
        "crm due": [CRM, "due", *crm[1:]],
        "crm list": [CRM, "list", "customer", "stage:won tier:A", *crm[1:5]],
        "crm find": [CRM, "find", "五轴", "--limit", "50", *crm[1:5]],
        "crm --version": [CRM, "--version"],
    }
    env = dict(os.environ)
    if peers.available():
        env |= peers.tasks(count, OUT / f"tasks-{count}")
        commands = {
            "task, due ones": ["task", *peers.WINDOW, "list"],
            **commands,
            "task rc.gc=off, due ones": ["task", "rc.gc=off", *peers.WINDOW, "status:pending", "list"],
        }
    else:
        print("Taskwarrior is not installed: crmkit alone (apt install taskwarrior)", file=sys.stderr)
    print(table(f"{count:,} record files, index warm", in_turn(commands, env)), flush=True)


def main() -> None:
    """Measure for each COUNT (10,000 and 100,000 if none is given)."""
    OUT.mkdir(exist_ok=True)
    counts = [int(word) for word in sys.argv[1:]] or [10_000, 100_000]
    for count in counts:
        questions(count)
        print(build.against_json(OUT / f"book-{count}"), flush=True)


if __name__ == "__main__":
    main()
