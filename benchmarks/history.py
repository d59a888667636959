"""How long `crm history` and `--at` take on a long history: `python benchmarks/history.py [COMMITS] [CUSTOMERS]`.

Builds a book with `git fast-import` (each commit changes one record), then times what a user would run, with and
without git's changed-path filters. Figures in milliseconds, the best of three.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START = 1_600_000_000
HOUR = 3600


def book(root: Path, commits: int, customers: int) -> None:
    """Make the book: `customers` dossiers, then `commits` changes, an hour apart."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    feed = subprocess.Popen(["git", "-C", str(root), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    if feed.stdin is None:
        raise OSError
    for chunk in stream(commits, customers):
        feed.stdin.write(chunk)
    feed.stdin.close()
    if feed.wait():
        raise OSError
    subprocess.run(["git", "-C", str(root), "reset", "-q", "--hard"], check=True)


def path(n: int) -> str:
    return f"customers/2024/2024{n % 12 + 1:02d}-{n // 12 + 1:03d}/customer.yaml"


def record(n: int, phone: int) -> bytes:
    text = (
        f"name: 示例{n}有限公司\ntype: company\nsource: hotline\nstage: potential\nowner: 张三\n"
        f"contacts:\n  - {{name: 王工, phone: '138{phone:08d}'}}\n"
    )
    return text.encode()


def stream(commits: int, customers: int) -> Iterator[bytes]:
    yield (
        commit(0, "begin") + data("crm.yaml", b"name: bench\nlanguage: zh\n") + data(".gitignore", b".crm/\n")
    )
    yield b"".join(data(path(n), record(n, n)) for n in range(customers))
    for i in range(1, commits):
        n = (i * 7919) % customers
        yield commit(i, f"set {n}") + data(path(n), record(n, i))


def commit(i: int, message: str) -> bytes:
    who = f"u{i % 9} <u{i % 9}@example.com> {START + i * HOUR} +0800"
    return f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}\n".encode()


def data(name: str, raw: bytes) -> bytes:
    return f"M 100644 inline {name}\ndata {len(raw)}\n".encode() + raw + b"\n"


def timed(root: Path, *words: str) -> float:
    env = {**os.environ, "CRM_USER": "张三", "CRM_LANG": "en"}
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run(["crm", *words, "--book", str(root)], env=env, capture_output=True, check=False)
        if done.returncode:
            raise OSError(done.stderr)
        best = min(best, time.perf_counter() - began)
    return best * 1000


def main() -> None:
    commits = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "book"
        book(root, commits, customers)
        one, field = f"202401-{1:03d}", "contacts.phone"
        print(f"{commits} commits, {customers} customers")
        timed(root, "list", "customer", "--limit", "1")
        print(f"crm history ID, without filters       {timed(root, 'history', one):6.0f} ms", flush=True)
        began = time.perf_counter()
        write = ["commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress"]
        subprocess.run(["git", "-C", str(root), *write], check=False)
        print(
            f"git commit-graph write                {(time.perf_counter() - began) * 1000:6.0f} ms",
            flush=True,
        )
        print(f"crm history ID, with filters          {timed(root, 'history', one):6.0f} ms", flush=True)
        print(f"crm history ID FIELD                  {timed(root, 'history', one, field):6.0f} ms")
        env = {**os.environ, "CRM_USER": "张三"}
        day = time.strftime("%Y-%m-%d", time.gmtime(START + commits // 2 * HOUR))
        began = time.perf_counter()
        subprocess.run(
            ["crm", "show", one, "--at", day, "--book", str(root)], env=env, capture_output=True, check=True
        )
        print(f"crm show ID --at DAY, the first time  {(time.perf_counter() - began) * 1000:6.0f} ms")
        print(f"crm show ID --at DAY                  {timed(root, 'show', one, '--at', day):6.0f} ms")
        print(
            f"crm history --diff A..B               {timed(root, 'history', '--diff', f'{day}..today'):6.0f} ms"
        )


if __name__ == "__main__":
    main()
