"""Promise 12: rights hold at the hub. Each attack is refused, and its honest twin is taken (R-001-41 to R-001-44)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crmkit.actions import changes

TEAM = """\
name: test
review: true
team:
  - {name: 李四, email: lisi@example.com, roles: [sales]}
  - {name: 王芳, email: wangfang@example.com, roles: [sales]}
  - {name: 陈晨, email: chenchen@example.com, roles: [service]}
  - {name: 吴磊, email: wulei@example.com, roles: [legal]}
  - {name: 周敏, email: zhoumin@example.com, roles: [supervisor]}
  - {name: 赵静, email: zhaojing@example.com, roles: [admin]}
"""
EMAILS = {
    "李四": "lisi",
    "王芳": "wangfang",
    "陈晨": "chenchen",
    "吴磊": "wulei",
    "周敏": "zhoumin",
    "赵静": "zhaojing",
}
MINE, OTHER = "customers/2024/202406-001", "customers/2024/202406-002"
DRAFT, NUMBERED = "customers/drafts/draft-240601-eeee", "customers/2024/202406-003"
CONTRACT = f"{MINE}/contract-240601-bbbb.yaml"
WAITS = "review: {state: submitted, submitted_by: 李四, submitted_at: 2024-06-12}\n"
BASE = {
    "crm.yaml": TEAM,
    f"{MINE}/customer.yaml": "name: 甲\nowner: 李四\ncreated_by: 李四\n",
    f"{OTHER}/customer.yaml": "name: 乙\nowner: 王芳\ncreated_by: 王芳\n",
    CONTRACT: "number: HT-1\n" + WAITS,
    f"{DRAFT}/customer.yaml": "name: 丙\nowner: 李四\ncreated_by: 李四\n" + WAITS,
    f"{DRAFT}/followup-240601-aaaa.yaml": "reason: x\ndue: 2024-06-20\n",
}


def approved(by: str, *, formerly: str = "formerly: [draft-240601-eeee]\n") -> dict[str, str | None]:
    waits = WAITS.replace("submitted,", "approved,").replace("}\n", f", reviewed_by: {by}}}\n")
    return {
        f"{DRAFT}/customer.yaml": None,
        f"{DRAFT}/followup-240601-aaaa.yaml": None,
        f"{NUMBERED}/customer.yaml": "name: 丙\nowner: 李四\ncreated_by: 李四\n" + waits + formerly,
        f"{NUMBERED}/followup-240601-aaaa.yaml": BASE[f"{DRAFT}/followup-240601-aaaa.yaml"],
    }


def verdict(by: str) -> dict[str, str | None]:
    waits = WAITS.replace("submitted,", "approved,").replace("}\n", f", reviewed_by: {by}}}\n")
    return {CONTRACT: "number: HT-1\n" + waits}


def edited(folder: str, more: str) -> dict[str, str | None]:
    return {f"{folder}/customer.yaml": BASE[f"{folder}/customer.yaml"] + more}


TALK = "status: done\nat: 2024-06-01\ncontent: x\n"
TICK = "status_review:\n  - {{due: 2024-06-30, done_on: 2024-06-15, by: {}}}\n"
RESIDENT = "11010519491231002X"
PERSON = f"{MINE}/followup-240602-cccc.yaml"
CASES: dict[str, tuple[str, Mapping[str, str | None], str, str, Mapping[str, str | None]]] = {
    # what it is: the attacker, his change, the code of the refusal; the twin's author and his change
    "a stranger's customer": ("李四", edited(OTHER, "note: x\n"), "rights.edit", "李四", edited(MINE, "note: x\n")),
    "an approval of one's own draft": ("李四", approved("李四"), "rights.number", "周敏", approved("周敏")),
    "a service colleague's edit": (
        "陈晨", edited(MINE, "note: x\n"), "rights.edit", "陈晨", {f"{MINE}/followup-240602-dddd.yaml": TALK},
    ),
    "a plain resident id": (
        "李四", edited(MINE, f"id_number: {RESIDENT}\n"), "rights.secret", "李四",
        edited(MINE, "id_number: enc:v1:abcd:AAAA\n"),
    ),
    "settings by a non-admin": (
        "周敏", {"crm.yaml": TEAM + "currency: USD\n"}, "rights.settings", "赵静", {"crm.yaml": TEAM + "currency: USD\n"},
    ),
    "a forged created_by": (
        "李四", {"customers/drafts/draft-240602-ffff/customer.yaml": "name: 丁\nowner: 李四\ncreated_by: 王芳\n"},
        "rights.stamp", "李四",
        {"customers/drafts/draft-240602-ffff/customer.yaml": "name: 丁\nowner: 李四\ncreated_by: 李四\n"},
    ),
    "a forged updated_by": (
        "李四", edited(MINE, "updated_by: 王芳\n"), "rights.stamp", "李四", edited(MINE, "updated_by: 李四\n"),
    ),
    "an approval in another's name": ("李四", approved("周敏"), "rights.number", "周敏", approved("周敏")),
    "a supervisor who signs for another": ("赵静", approved("周敏"), "rights.stamp", "赵静", approved("赵静")),
    "a contract approved by its submitter": ("李四", verdict("李四"), "rights.review", "吴磊", verdict("吴磊")),
    "a supervisor who approves contracts": ("周敏", verdict("周敏"), "rights.review", "吴磊", verdict("吴磊")),
    "a number without a review": (
        "李四", {f"{NUMBERED}/customer.yaml": "name: 丁\nowner: 李四\n"}, "rights.number", "周敏",
        {f"{NUMBERED}/customer.yaml": "name: 丁\nowner: 李四\n"},
    ),
    "a dossier that moves unapproved": (
        "周敏", {**approved("周敏"), f"{NUMBERED}/customer.yaml": BASE[f"{DRAFT}/customer.yaml"] + "formerly: [draft-240601-eeee]\n"},
        "rights.number", "周敏", approved("周敏"),
    ),
    "a customer taken over": (
        "李四", {f"{OTHER}/customer.yaml": "name: 乙\nowner: 李四\n"}, "rights.edit", "王芳",
        {f"{OTHER}/customer.yaml": "name: 乙\nowner: 李四\ncreated_by: 王芳\n"},
    ),
    "a record in another's dossier": (
        "李四", {f"{OTHER}/followup-240602-gggg.yaml": TALK + "owner: 李四\n"}, "rights.add", "李四",
        {f"{MINE}/followup-240602-gggg.yaml": TALK + "owner: 李四\n"},
    ),
    "another's customer removed": (
        "李四", {f"{OTHER}/customer.yaml": None}, "rights.edit", "王芳", {f"{OTHER}/customer.yaml": None},
    ),
    "a file in another's dossier": (
        "李四", {f"{OTHER}/files/乙-合同-2024-06.pdf": "x"}, "rights.edit", "李四",
        {f"{MINE}/files/甲-合同-2024-06.pdf": "x"},
    ),
    "a file outside the layout": (
        "李四", {"customers/2024/evil.sh": "x"}, "rights.settings", "赵静", {"README.md": "x"},
    ),
    "attributes that run a filter": (
        "李四", {".gitattributes": "*.yaml filter=evil\n"}, "rights.settings", "赵静", {".gitignore": ".crm/\n"},
    ),
    "a duty ticked for another": (
        "李四", {"chores/2024.yaml": TICK.format("王芳")}, "rights.chore", "李四", {"chores/2024.yaml": TICK.format("李四")},
    ),
    "a duty of another role": (
        "李四", {"chores/2024.yaml": TICK.format("李四").replace("status_review", "weekly_review")}, "rights.chore",
        "周敏", {"chores/2024.yaml": TICK.format("周敏").replace("status_review", "weekly_review")},
    ),
    "a resident id in a note": (
        "李四", {PERSON: TALK + f"note: 身份证 {RESIDENT}\n"}, "rights.secret", "李四", {PERSON: TALK + "note: 身份证\n"},
    ),
    "settings that do not parse": (
        "赵静", {"crm.yaml": TEAM + "\tx: [\n"}, "rights.settings", "赵静", {"crm.yaml": TEAM + "country: CN\n"},
    ),
    "conflict markers": (
        "李四", {f"{MINE}/customer.yaml": "<<<<<<< a\nname: x\n=======\nname: y\n>>>>>>> b\n"}, "rights.yaml", "李四",
        edited(MINE, "note: y\n"),
    ),
    "a role for oneself": (
        "李四", {"crm.yaml": TEAM.replace("roles: [sales]", "roles: [admin]", 1), **edited(OTHER, "note: x\n")},
        "rights.settings", "赵静", {"crm.yaml": TEAM.replace("roles: [sales]", "roles: [admin]", 1)},
    ),
    "a number taken from the retired": (
        "李四", {"customers/retired.txt": "202401-001\n"}, "", "李四", {"customers/retired.txt": "202401-001\n202402-001\n"},
    ),
}  # fmt: skip


class Git:
    """A clone in which somebody commits whatever he likes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *words: str, who: str = "赵静", check: bool = True) -> str:
        email = f"{EMAILS.get(who, who)}@example.com"
        env = os.environ | {
            "GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": email, "GIT_COMMITTER_NAME": who,
            "GIT_COMMITTER_EMAIL": email, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["git", "-C", self.root, "-c", "core.hooksPath=/dev/null", *words],
            capture_output=True, text=True, check=False, env=env, encoding="utf-8",
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return (done.stdout + ("" if check else done.stderr)).strip()

    def commit(self, who: str, files: Mapping[str, str | None], message: str = "x") -> str:
        for path, text in files.items():
            target = self.root / path
            if text is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
        self("add", "-A")
        self("commit", "-qm", message, who=who)
        return self("rev-parse", "HEAD")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    (tmp_path / "book").mkdir()
    git = Git(tmp_path / "book")
    git("init", "-q", "-b", "main")
    git.commit("赵静", BASE)
    git("tag", "base")
    return git


def judged(git: Git, span: str = "base..HEAD", actor: str = "") -> list[str]:
    return [p.code for p in changes.between(git.root, span, actor)]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2]])
def test_an_attack_is_refused_and_its_twin_is_taken(git: Git, name: str) -> None:
    attacker, attack, code, honest, twin = CASES[name]
    git.commit(attacker, attack)
    assert code in judged(git), name
    git("reset", "-q", "--hard", "base")
    git.commit(honest, twin)
    assert judged(git) == [], name


def test_a_list_that_only_grows(git: Git) -> None:
    git.commit("李四", {"customers/retired.txt": "202401-001\n202402-001\n"})
    git("tag", "-f", "base")
    git.commit("李四", {"customers/retired.txt": "202401-001\n"})
    assert judged(git) == ["rights.edit"]


def test_a_link_is_taken_from_nobody(git: Git) -> None:
    (git.root / MINE / "files").mkdir()
    (git.root / MINE / "files/passwd").symlink_to("/etc/passwd")
    git.commit("赵静", {})
    assert judged(git) == ["rights.place"]


def test_an_author_whom_the_team_does_not_know(git: Git) -> None:
    git.commit("mallory", edited(MINE, "note: x\n"))
    assert judged(git) == ["rights.author"]


def test_a_pusher_with_anothers_commit(git: Git) -> None:
    git.commit("周敏", edited(MINE, "note: x\n"))
    assert judged(git, actor="李四") == ["rights.author"]
    assert judged(git, actor="zhoumin@example.com") == []


def test_every_commit_is_judged_and_a_later_one_heals_nothing(git: Git) -> None:
    git.commit("李四", edited(OTHER, "note: x\n"))
    git.commit("李四", {f"{OTHER}/customer.yaml": BASE[f"{OTHER}/customer.yaml"]})
    assert judged(git)[0] == "rights.edit"


def test_new_rights_hold_from_their_own_commit_on(git: Git) -> None:
    git.commit(
        "赵静",
        {
            "crm.yaml": TEAM.replace(
                "lisi@example.com, roles: [sales]", "lisi@example.com, roles: [supervisor]"
            )
        },
    )
    git.commit("李四", edited(OTHER, "note: x\n"))
    assert judged(git) == []


def test_an_old_branch_brings_no_old_rights(git: Git) -> None:
    """Once the book had no team: from there anybody could have written anything."""
    git("checkout", "-q", "--orphan", "solo")
    git.commit("赵静", {"crm.yaml": "name: test\n"})
    git("tag", "solo-time")
    git.commit("赵静", {"crm.yaml": TEAM})
    git("tag", "-f", "base")
    git("checkout", "-q", "solo-time")
    side = git.commit("李四", {"crm.yaml": "name: test\n", **edited(OTHER, "note: x\n")})
    git("checkout", "-q", "base")
    git("merge", "-q", "--no-edit", side, who="李四")
    assert "rights.edit" in judged(git)


def test_a_merge_takes_both_sides_and_nothing_else(git: Git) -> None:
    git.commit("王芳", edited(OTHER, "note: hers\n"))
    git("tag", "hub")
    git("checkout", "-q", "base")
    git.commit("李四", edited(MINE, "note: mine\n"))
    git("merge", "-q", "--no-edit", "hub", who="李四")
    assert judged(git, "hub..HEAD") == []
    git("checkout", "-q", "base")
    git.commit("李四", edited(MINE, "note: mine\n"))
    git("merge", "-q", "--no-edit", "-s", "ours", "hub", who="李四")  # her change is dropped without a word
    assert judged(git, "hub..HEAD") == ["rights.edit"]
    git("reset", "-q", "--hard", "HEAD^")
    git("merge", "-q", "--no-commit", "hub", who="李四")
    git.commit(
        "李四", {f"{OTHER}/customer.yaml": "name: 乙\nowner: 李四\n"}
    )  # and here another is slipped in
    assert judged(git, "hub..HEAD") == ["rights.edit"]


def test_what_is_shared_is_not_rewritten(git: Git) -> None:
    git.commit("李四", edited(MINE, "note: x\n"))
    git("tag", "hub")
    git("checkout", "-q", "base")
    git.commit("李四", edited(MINE, "note: y\n"))
    assert judged(git, "hub..HEAD") == ["rights.ref"]


def test_an_undo_brings_back_old_stamps(git: Git) -> None:
    git.commit("王芳", edited(OTHER, "updated_by: 王芳\n"))
    git.commit("周敏", edited(OTHER, "updated_by: 周敏\n"))
    git("revert", "--no-edit", "HEAD", who="周敏")
    assert judged(git) == []


# over a real bare repository


@pytest.fixture
def hub(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[bool, str]]:
    """Push to a hub that `crm init --server` made; return whether it was taken, and what was said."""
    from crmkit.actions import server

    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    made = server.server(tmp_path / "hub.git")

    def push(*words: str) -> tuple[bool, str]:
        url = f"file://{made.path}"
        said = git("push", url, *(words or ("HEAD:main",)), check=False)
        return "[remote rejected]" not in said and "error:" not in said and "fatal:" not in said, said

    taken, said = push("base^{commit}:refs/heads/main")
    assert taken, said
    return push


@pytest.mark.parametrize("name", [*CASES][:6])
def test_a_push_over_file(git: Git, hub: Callable[..., tuple[bool, str]], name: str) -> None:
    attacker, attack, _, honest, twin = CASES[name]
    git.commit(attacker, attack)
    taken, said = hub()
    assert not taken
    assert next(p for p in said.splitlines() if "remote:" in p and "error" in p), said
    git("reset", "-q", "--hard", "base")
    git.commit(honest, twin)
    assert hub()[0]


def test_other_refs_are_refused(git: Git, hub: Callable[..., tuple[bool, str]]) -> None:
    git.commit("李四", edited(MINE, "note: x\n"))
    for ref in ("refs/heads/side", "refs/tags/v1", "refs/notes/commits"):
        assert not hub(f"HEAD:{ref}")[0]
    assert not hub(":main")[0]
    assert hub()[0]


def test_without_crm_nothing_is_taken(tmp_path: Path, git: Git, hub: Callable[..., tuple[bool, str]]) -> None:
    hook = tmp_path / "hub.git/hooks/pre-receive"
    text = hook.read_text("utf-8").splitlines()
    hook.write_text(
        "\n".join("crm=/nowhere/crm" if line.startswith("crm=") else line for line in text).replace(
            "command -v crm", "command -v no-such-crm"
        )
        + "\n",
        "utf-8",
    )
    git.commit("李四", edited(MINE, "note: x\n"))
    taken, said = hub()
    assert not taken
    assert "no crm on this server" in said


def test_the_first_push_is_for_whoever_keeps_the_settings(tmp_path: Path, git: Git) -> None:
    from crmkit.actions import server

    made = server.server(tmp_path / "new.git")
    git("commit", "-q", "--allow-empty", "-m", "x", who="李四")
    assert "[remote rejected]" in git("push", f"file://{made.path}", "HEAD:main", check=False)
