"""Everything measured, side by side: python benchmarks/run.py [--quick] (10,000 record files alone).

Books and peers' data are made once in benchmarks/out (BENCH_DIR moves it). Figures are medians of rounds in which
every command runs once; read the ratios, the machine decides the milliseconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import book as books  # noqa: E402 - found by the line above
from benchmarks import pairs, peers  # noqa: E402

SIZES = {10_000: (1.3, 1.0), 100_000: (0.5, 0.5)}
"""Record files -> the ratio of `crm due` to Taskwarrior that must hold, and the one aimed at."""

RATE = (0.08, 0.15)
"""The share of json.loads plus models that a first index must reach, and the one aimed at."""


def environment(out: Path) -> dict[str, str]:
    """Return an environment in which Python keeps compiled modules, as an installed crm does."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return env | {
        "PYTHONPATH": str(HERE.parent / "src"),
        "PYTHONPYCACHEPREFIX": str(out / "pycache"),
        "CRM_USER": "李华",
        "LC_ALL": "C.UTF-8",
    }


def main(words: list[str]) -> None:
    """Measure all sizes, or with --quick the small one."""
    out = Path(os.environ.get("BENCH_DIR", HERE / "out")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    env = environment(out)
    crm = [sys.executable, "-m", "crmkit"]
    for count in list(SIZES)[: 1 if "--quick" in words else None]:
        root = out / f"book-{count}"
        books.make(count, root)
        git(root)
        found = json.loads(
            subprocess.run(
                [sys.executable, HERE / "rates.py", root], env=env, check=True, capture_output=True
            ).stdout
        )
        print(f"\n{count:,} record files")
        print(
            f"  index from nothing {found['index']:,.0f}/s, json.loads and models {found['json']:,.0f}/s: "
            f"{found['ratio']:.3f} (at least {RATE[0]}, aim {RATE[1]})"
        )
        against = peers.task(count, out)
        day = ["--on", str(books.TODAY)]
        commands = {
            **against,
            "crm due": [*crm, "due", *day],
            "crm list": [*crm, "list", "customer", "tier:A region:华东 budget>=50万", *day],
            "crm find": [*crm, "find", "节能", "--limit", "50"],
            "python": [sys.executable, "-c", "pass"],
        }
        report(pairs.compare(commands, env, str(root), 9 if count < 50_000 else 5), list(against), count)


def report(times: dict[str, pairs.Timing], against: list[str], count: int) -> None:
    """Print the table and what the target says."""
    for name, t in times.items():
        print(f"  {name:16}{t.wall * 1000:9.0f} ms wall{t.cpu * 1000:9.0f} ms CPU")
    if not against:
        print("  Taskwarrior is not installed: nothing to compare with")
        return
    peer = min(against, key=lambda name: times[name].wall)
    mine = times["crm due"]
    wall, cpu = mine.ratio / times[peer].ratio, mine.cpu_ratio / times[peer].cpu_ratio
    must, aim = SIZES[count]
    print(f"  crm due : {peer} = {wall:.2f} wall, {cpu:.2f} CPU (at most {must}, aim {aim})")


def git(root: Path) -> None:
    """Make the book a git repository, as every real one is."""
    if (root / ".git").exists():
        return
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"]
    (root / ".gitignore").write_text(".crm/\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "book"]):
        subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True)


if __name__ == "__main__":
    main(sys.argv[1:])
