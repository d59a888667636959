"""The peer: Taskwarrior with as many tasks as the book has files, a third of them pending."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import uuid
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2024, 1, 1)
WINDOW = ("due.after:2024-12-14", "due.before:2024-12-22")


def available() -> bool:
    """Whether Taskwarrior is installed."""
    return shutil.which("task") is not None


def tasks(count: int, folder: Path) -> dict[str, str]:
    """Make `count` tasks in `folder` unless they are there; return the environment that finds them."""
    folder = folder.resolve()
    env = {**os.environ, "TASKRC": f"{folder}/taskrc", "TASKDATA": str(folder), "TZ": "UTC"}
    if (folder / "taskrc").exists():
        return env
    folder.mkdir(parents=True)
    (folder / "taskrc").write_text(f"data.location={folder}\nconfirmation=no\nverbose=nothing\nhooks=off\n")
    r = random.Random(11)
    with (folder / "import.json").open("w") as out:
        for _ in range(count):
            out.write(json.dumps(_task(r, count), ensure_ascii=False) + "\n")
    for words in (["import", f"{folder}/import.json"], ["rc.gc=on", "next"]):
        subprocess.run(["task", *words], env=env, capture_output=True, check=False)
    return env


def _task(r: random.Random, count: int) -> dict[str, object]:
    day = FIRST + timedelta(r.randrange(900))
    done = r.random() < 0.66
    task: dict[str, object] = {
        "uuid": str(uuid.UUID(int=r.getrandbits(128))),
        "description": f"电话沟通，对方月底前确定配置 {r.randrange(10**6)}",
        "entry": "20240101T000000Z",
        "due": f"{day:%Y%m%d}T000000Z",
        "status": "completed" if done else "pending",
        "project": f"c{r.randrange(count // 8 + 1)}",
    }
    return {**task, "end": "20240601T000000Z"} if done else task
