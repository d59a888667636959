"""`crm import` of many rows against a plain script that writes and commits the very same files.

    python benchmarks/intake.py [ROWS]

The plain script is handed the finished texts: it makes the folders, writes, `git add -A`, `git commit`. It reads no table, converts
and checks nothing, keeps no journal, syncs nothing and builds no index; crm does all of that.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADS = "客户名称 联系人 手机 职位 邮箱 地址 行业 注册资本 成立日期 标签 来源".split()
PLAIN = """
import os, pickle, subprocess, sys
book, texts = sys.argv[1], pickle.load(open(sys.argv[2], 'rb'))
for path, raw in texts:
    full = os.path.join(book, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'wb') as file:
        file.write(raw)
subprocess.run(['git', '-C', book, 'add', '-A'], check=True)
subprocess.run(['git', '-C', book, 'commit', '-qm', 'import'], check=True)
"""


def rows(count: int) -> list[list[str]]:
    rng = random.Random(3)
    cities = "北京市海淀区 上海市浦东新区 广州市天河区 深圳市南山区 杭州市西湖区".split()
    words = list(
        "华新中盛恒鼎泰瑞嘉安康宏远大博科创智星海天云金银龙凤百千万联合众和信诚立达通汇聚源泽润沃丰禾启明晨曦光辉"
    )
    out = []
    for n in range(count):
        name = f"{rng.choice(cities)[:2]}{''.join(rng.choices(words, k=4))}{n}科技有限公司"
        mobile = f"13{rng.randrange(10**9):09d}"
        place = f"{rng.choice(cities)}{rng.choice(words)}{rng.choice(words)}路{n % 900 + 1}号"
        out.append(
            [
                name,
                f"王{rng.choice(words)}",
                mobile,
                "采购经理",
                f"c{n}@c{n}.example.com",
                place,
                "软件",
                f"{rng.randrange(1, 900)}万",
                f"20{rng.randrange(10, 24)}/{rng.randrange(1, 13)}/{rng.randrange(1, 28)}",
                "行业-软件;高预算",
                "展会",
            ]
        )
    return out


def timed(*words: str, **env: str) -> tuple[float, float]:
    """Run a process; return the seconds on the clock and on the processor."""
    before = os.times()
    started = time.perf_counter()
    subprocess.run(words, check=True, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    after = os.times()
    return (
        time.perf_counter() - started,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


def main(count: int = 50_000) -> None:
    import pickle

    folder = Path(tempfile.mkdtemp(prefix="crm-intake-", dir=os.environ.get("BENCH_DIR")))
    crm = (sys.executable, "-m", "crmkit")
    env = {
        "CRM_USER": "bench",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "b",
        "GIT_AUTHOR_EMAIL": "b@example.com",
        "GIT_COMMITTER_NAME": "b",
        "GIT_COMMITTER_EMAIL": "b@example.com",
    }
    try:
        table = folder / "list.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADS, *rows(count)])
        timed(*crm, "init", str(folder / "book"), "--no-review", "-q", **env)
        ours = timed(*crm, "--book", str(folder / "book"), "import", str(table), "-q", **env)
        texts = [
            (str(p.relative_to(folder / "book")), p.read_bytes())
            for p in sorted((folder / "book/customers").rglob("*.yaml"))
        ]
        assert len(texts) == count, len(texts)
        (folder / "texts").write_bytes(pickle.dumps(texts))
        timed(*crm, "init", str(folder / "plain"), "--no-review", "-q", **env)
        plain = timed(sys.executable, "-c", PLAIN, str(folder / "plain"), str(folder / "texts"), **env)
        print(
            f"{count} rows: crm import {ours[0]:.1f} s ({ours[1]:.1f} s of processor), plain script {plain[0]:.1f} s ({plain[1]:.1f} s)"
        )
        print(
            f"speed against the plain script: {plain[0] / ours[0]:.2f} on the clock, {plain[1] / ours[1]:.2f} of processor"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
