"""Taskwarrior with as many tasks: what `crm due` is measured against. Used only where `task` is installed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import uuid
from datetime import date, timedelta
from pathlib import Path

WORDS = ["回访客户", "发送报价单", "安排现场培训", "确认技术协议", "跟进节能改造"]


def task(count: int, folder: Path) -> dict[str, list[str]]:
    """Set up `count` tasks, a third of them pending, and return the commands that list the due ones.

    Empty where Taskwarrior is not installed. Both ways of running it are given; the faster one counts.
    """
    if not shutil.which("task"):
        return {}
    home = folder / f"task-{count}"
    rc = folder / f"task-{count}.rc"
    if not rc.exists():
        home.mkdir(parents=True, exist_ok=True)
        rc.write_text(f"data.location={home}\nconfirmation=no\nverbose=nothing\nhooks=off\n")
        source = folder / f"task-{count}.json"
        source.write_text("".join(_tasks(count)), encoding="utf-8")
        env = {**os.environ, "TASKRC": str(rc)}
        subprocess.run(["task", "import", str(source)], env=env, check=True, capture_output=True)
        subprocess.run(["task", "rc.gc=on", "next"], env=env, check=False, capture_output=True)
    base = ["env", f"TASKRC={rc}", f"TASKDATA={home}", "task"]
    window = ["due.after:2024-12-14", "due.before:2024-12-22"]
    return {
        "task": [*base, *window, "list"],
        "task rc.gc=off": [*base, "rc.gc=off", *window, "status:pending", "list"],
    }


def _tasks(count: int) -> list[str]:
    r = random.Random(11)
    out = []
    for _ in range(count):
        due = date(2024, 1, 1) + timedelta(r.randrange(900))
        one = {
            "uuid": str(uuid.UUID(int=r.getrandbits(128), version=4)),
            "description": f"{r.choice(WORDS)} {r.randrange(10**6)}",
            "entry": "20240101T000000Z",
            "due": f"{due:%Y%m%d}T000000Z",
            "status": "pending" if r.random() < 0.34 else "completed",
            "project": f"c{r.randrange(count // 8 + 1)}",
        }
        if one["status"] == "completed":
            one["end"] = "20240601T000000Z"
        out.append(json.dumps(one, ensure_ascii=False) + "\n")
    return out
