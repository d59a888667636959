"""`crm forget`: everything handed out, erased or anonymised, taken out of the history, and kept from coming back."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmkit.book import pushed

Crm = Callable[..., Any]
ID = "11010519491231002X"
ON = ("--on", "2024-06-15T10:00")
HOME = "customers/2024/202406-002"
VALUES = (
    "李晓明",
    "13912345678",
    "lixiaoming@example.com",
    "朝阳区样例路7号",
    "喜欢钓鱼和书法",
    "想要两套净水设备",
    "家里有两个孩子要上学",
)


def git(book: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(book), *words], capture_output=True, text=True, check=True)
    return done.stdout


def every_object(book: Path) -> bytes:
    """All objects of the store, reachable or not, packed or loose."""
    words = ["git", "-C", str(book), "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(words, capture_output=True, check=True).stdout


def everywhere(book: Path) -> bytes:
    """Every object, and every file in the book, git's and crm's folders included."""
    files = (p.read_bytes() for p in sorted(book.rglob("*")) if p.is_file())
    return every_object(book) + b"".join(files)


_made: list[Path] = []
"""The book of `person`, made once and copied for each test."""


@pytest.fixture
def person(
    crm: Crm, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A book with a company (202406-001) and a person (202406-002) with a past: a talk, an order, a campaign."""
    for name in ("CRM_AGE_KEY_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRM_LANG", "en")
    if not _made:
        _make(crm, tmp_path, monkeypatch)
        _made.append(tmp_path_factory.mktemp("person") / "made")
        shutil.copytree(tmp_path, _made[0], symlinks=True)
    else:
        shutil.copytree(_made[0], tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "book")
    return tmp_path / "book"


def _make(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert crm("init", "book", "--lang", "zh", "--no-review").code == 0
    book = tmp_path / "book"
    monkeypatch.chdir(book)
    company = ("name=北京示例信息技术股份有限公司", "contacts.0.name=王经理", "contacts.0.phone=01088886666")
    assert crm("add", "customer", *company, "stage=potential", *ON).out == "202406-001\n"
    crm("keys", "init", *ON)
    assert crm(
        "add", "customer", "李晓明", "type=person", "contacts.0.name=李晓明", "contacts.0.mobile=13912345678",
        "contacts.0.email=lixiaoming@example.com", "address.province=北京市", "address.street=朝阳区样例路7号",
        "note=喜欢钓鱼和书法", "needs.0.summary=想要两套净水设备", "stage=won", *ON,
    ).out == "202406-002\n"  # fmt: skip
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ID.encode())))
    assert crm("set", "李晓明", "id_number=-", *ON).code == 0
    assert crm("log", "李晓明", "--content", "家里有两个孩子要上学", *ON).code == 0
    assert crm(
        "add", "order", "李晓明", "number=S-7", "ordered_on=2024-06-10", "amount=12000", "items.0.product=净水器",
        "items.0.quantity=2", "items.0.unit_price=6000", *ON,
    ).code == 0  # fmt: skip
    people = ("participants.0.customer=202406-002", "participants.1.customer=202406-001")
    assert crm("add", "campaign", "name=夏季促销", *people, *ON).code == 0
    assert crm("set", "李晓明", "note=", *ON).code == 0
    (book / HOME / "files").mkdir()
    (book / HOME / "files" / "李晓明-身份证-2024-06.pdf").write_bytes(b"%PDF scan of 13912345678")
    git(book, "add", "-A")
    git(book, "-c", "user.name=z", "-c", "user.email=z@example.com", "commit", "-qnm", "scan of 李晓明")


def test_the_control_finds_what_is_there(person: Path) -> None:
    found = everywhere(person)
    for value in VALUES:
        assert value.encode() in found, value


def test_dry_run_tells_what_goes_and_does_nothing(person: Path, crm: Crm) -> None:
    before = git(person, "rev-parse", "HEAD")
    said = crm("forget", "李晓明", "--dry-run", *ON)
    assert said.code == 0
    assert "5 files go" in said.err
    assert "participants" in said.err
    assert git(person, "rev-parse", "HEAD") == before
    assert crm("forget", "李晓明", *ON).code == 1  # off a terminal it wants --yes
    assert git(person, "rev-parse", "HEAD") == before


def test_the_person_gets_everything_with_secrets_in_plain_text(
    person: Path, crm: Crm, tmp_path: Path
) -> None:
    before = git(person, "rev-parse", "HEAD")
    said = crm("forget", "李晓明", "--export", "../li.zip", "--keep", *ON)
    assert said.code == 0, said.err
    made = tmp_path / "li.zip"
    assert made.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(made) as opened:
        inside = {n: opened.read(n).decode("utf-8", "replace") for n in opened.namelist()}
    assert ID in inside["records/customer.yaml"]
    assert "files/李晓明-身份证-2024-06.pdf" in inside
    assert any("净水器" in text for name, text in inside.items() if name.startswith("records/order-"))
    assert "customer.yaml note 喜欢钓鱼和书法 → - by" in inside["history.txt"]
    assert "campaigns/2024/" in inside["elsewhere.txt"]
    assert git(person, "rev-parse", "HEAD") == before
    assert crm("forget", "李晓明", "--export", "in-the-book.zip", "--keep").code == 1
    assert crm("forget", "李晓明", "--export", "../li.zip", "--keep").code == 1  # never over another file


def test_forgetting_erases_the_dossier_and_its_references_and_retires_the_number(
    person: Path, crm: Crm
) -> None:
    said = crm("forget", "李晓明", "--yes", *ON)
    assert said.code == 0, said.err
    assert not (person / HOME).exists()
    campaign = next((person / "campaigns").rglob("*.yaml")).read_text(encoding="utf-8")
    assert "202406-002" not in campaign
    assert "202406-001" in campaign
    stones = (person / "customers" / "forgotten.txt").read_text()
    assert stones.startswith("202406-002 forgotten 2024-06-15 ")
    assert not any(v in stones for v in VALUES)
    assert git(person, "log", "-1", "--format=%s").strip() == "forget 202406-002"
    assert crm("add", "customer", "name=王小二", *ON).out == "202406-003\n"
    assert crm("check").code == 0


def test_who_was_forgotten_is_known_again_under_another_number(person: Path, crm: Crm) -> None:
    crm("forget", "李晓明", "--yes", *ON)
    crm("add", "customer", "name=李晓明", "contacts.0.mobile=13912345678", *ON)
    said = crm("check", "--json")
    assert said.code == 3
    assert [p["code"] for p in json.loads(said.out) if p["severity"] == "error"] == ["privacy.back"]


def test_anonymising_keeps_the_money_and_nothing_of_the_person(person: Path, crm: Crm) -> None:
    def total() -> Any:
        rows = json.loads(crm("list", "order", "--json").out)
        return sorted((r["number"], r["amount"], r["ordered_on"], r["items"]) for r in rows)

    before = total()
    said = crm("forget", "李晓明", "--anonymise", "--yes", *ON)
    assert said.code == 0, said.err
    assert total() == before
    left = b"".join(p.read_bytes() for p in (person / "customers").rglob("*") if p.is_file())
    for value in (*VALUES, "enc:v1"):
        assert value.encode() not in left, value
    assert "匿名 202406-002" in crm("list", "customer").out
    campaign = next((person / "campaigns").rglob("*.yaml")).read_text(encoding="utf-8")
    assert "202406-002" in campaign  # it names nobody any more
    assert crm("check").code == 0
    # a field that an old clone brings back is an error
    path = person / HOME / "customer.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "note: 13912345678\n", encoding="utf-8")
    assert "privacy.back" in crm("check").out


def test_history_goes_and_is_proved_gone_while_all_else_stays(person: Path, crm: Crm, tmp_path: Path) -> None:
    others = {
        sha: git(person, "show", f"{sha}:customers/2024/202406-001/customer.yaml")
        for sha in git(person, "rev-list", "HEAD").split()[:-2]
    }
    count = len(git(person, "rev-list", "--all").split())
    authors = git(person, "log", "--format=%an %ae %aI %cI")
    said = crm("forget", "李晓明", "--history", "--yes", *ON)
    assert said.code == 0, said.err
    found = everywhere(person)
    for value in VALUES:
        assert value.encode() not in found, value
    assert b"enc:v1" not in every_object(person)
    git(person, "fsck", "--strict")
    assert git(person, "status", "--porcelain") == ""
    # everything else reads as it did: as many commits, the same authors and times, the same company in each
    log = git(person, "log", "--format=%an %ae %aI %cI")
    assert log.endswith(authors)
    assert len(git(person, "rev-list", "HEAD").split()) == count + 2
    now = git(person, "rev-list", "HEAD").split()[2:-2]
    assert [git(person, "show", f"{sha}:customers/2024/202406-001/customer.yaml") for sha in now] == list(
        others.values()
    )
    assert "202406-001" in crm("list", "customer").out
    # the backup is outside the book, for its owner alone, and holds the old history
    (bundle,) = tmp_path.glob("book-before-*.bundle")
    assert bundle.stat().st_mode & 0o077 == 0
    assert bundle.name in said.err
    old = tmp_path / "old"
    subprocess.run(["git", "clone", "-q", str(bundle), str(old)], check=True, capture_output=True)
    assert VALUES[0].encode() in every_object(old)


def test_the_history_can_go_later(person: Path, crm: Crm) -> None:
    crm("forget", "李晓明", "--yes", *ON)
    said = crm("forget", "202406-002", "--history", "--yes", *ON)
    assert said.code == 0, said.err
    found = everywhere(person)
    assert not [v for v in VALUES if v.encode() in found]


def test_anonymised_history_keeps_only_the_anonymous_versions(person: Path, crm: Crm) -> None:
    said = crm("forget", "李晓明", "--anonymise", "--history", "--yes", *ON)
    assert said.code == 0, said.err
    found = everywhere(person)
    assert not [v for v in VALUES if v.encode() in found]
    assert "12000" in git(person, "grep", "amount", "HEAD", "--", HOME)


def test_a_name_that_others_bear_stays_in_their_past(person: Path, crm: Crm) -> None:
    crm("set", "北京示例", "contacts.0.name=李晓明", *ON)  # another of that name
    said = crm("forget", "202406-002", "--history", "--yes", *ON)
    assert said.code == 0, said.err
    assert "1 name or number stands in other records" in said.err
    assert "李晓明" in git(person, "show", "HEAD:customers/2024/202406-001/customer.yaml")
    found = every_object(person)
    assert not [v for v in VALUES[1:] if v.encode() in found]


def test_a_clone_that_still_has_it_cannot_bring_it_back(
    person: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, other = tmp_path / "hub.git", tmp_path / "other"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(hub)], check=True)
    git(person, "remote", "add", "origin", str(hub))
    assert crm("sync", *ON).code == 0
    subprocess.run(["git", "clone", "-q", str(hub), str(other)], check=True)
    said = crm("forget", "李晓明", "--history", "--yes", *ON)
    assert said.code == 0, said.err
    (line,) = [x for x in said.err.splitlines() if "git push" in x]
    command = line.split(": ", 1)[1]
    subprocess.run(command, shell=True, check=True, cwd=person, capture_output=True)
    assert crm("sync", *ON).code == 0
    # the old clone has gone on meanwhile
    monkeypatch.chdir(other)
    assert crm("--book", str(other), "set", "202406-002", "stage=lost", *ON).code == 0
    tip = git(hub, "rev-parse", "main")
    said = crm("--book", str(other), "sync", *ON)
    assert said.code == 1
    assert "must not come back" in said.err
    assert git(hub, "rev-parse", "main") == tip
    subprocess.run(["git", "-C", str(hub), "gc", "-q", "--prune=now"], check=True)
    assert not [v for v in VALUES if v.encode() in every_object(hub)]


def test_an_erased_dossier_that_somebody_went_on_with_does_not_come_back_by_sync(
    person: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, other = tmp_path / "hub.git", tmp_path / "other"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(hub)], check=True)
    git(person, "remote", "add", "origin", str(hub))
    assert crm("sync", *ON).code == 0
    subprocess.run(["git", "clone", "-q", str(hub), str(other)], check=True)
    monkeypatch.chdir(other)
    assert crm("--book", str(other), "set", "202406-002", "stage=lost", *ON).code == 0
    monkeypatch.chdir(person)
    assert crm("forget", "李晓明", "--yes", *ON).code == 0
    assert crm("sync", *ON).code == 0
    monkeypatch.chdir(other)
    said = crm("--book", str(other), "sync", *ON)
    assert said.code == 0, said.err
    assert not (other / HOME).exists()


def test_the_hub_takes_the_new_history_and_nothing_of_the_old_one_back(
    person: Path, crm: Crm, tmp_path: Path
) -> None:
    hub = tmp_path / "hub"
    subprocess.run(["git", "clone", "-q", str(person), str(hub)], check=True)
    old = git(hub, "rev-parse", "HEAD").strip()
    assert crm("forget", "李晓明", "--history", "--yes", *ON).code == 0
    git(hub, "fetch", "-q", str(person), "main")
    new = git(hub, "rev-parse", "FETCH_HEAD").strip()

    def judged(before: str, after: str) -> list[str]:
        return [p.code for p in pushed.hub(hub).changes(before, after)]

    assert judged(old, new) == []
    # any other rewriting is refused, as is whatever joins the old history or the dossier to the new one
    who = ("-c", "user.name=z", "-c", "user.email=z@example.com")
    assert judged(old, git(hub, *who, "commit-tree", "-m", "x", f"{old}^{{tree}}").strip()) == ["rights.ref"]
    git(hub, "checkout", "-q", new)
    git(hub, *who, "merge", "-q", "-s", "ours", "-m", "x", old)
    assert "rights.forgotten" in judged(new, git(hub, "rev-parse", "HEAD").strip())
    git(hub, "checkout", "-q", new)
    git(hub, "checkout", "-q", old, "--", HOME)
    git(hub, *who, "commit", "-qm", "back again")
    assert "rights.forgotten" in judged(new, git(hub, "rev-parse", "HEAD").strip())
    git(hub, "checkout", "-q", new)
    (hub / "note.txt").write_text("x")
    git(hub, "add", "-A")
    git(hub, *who, "commit", "-qm", "honest")
    assert judged(new, git(hub, "rev-parse", "HEAD").strip()) == []


# retention


def test_retention_rules_propose_whose_time_is_over(person: Path, crm: Crm) -> None:
    settings = person / "crm.yaml"
    text = settings.read_text(encoding="utf-8")
    rules = "privacy:\n  retention:\n    persons: {when: 'type:person', after: 3 years}\n"
    settings.write_text(text.replace("\nprivacy:\n", f"\n{rules}"), encoding="utf-8")
    said = crm("forget", "--proposals", "--on", "2027-06-14")
    assert said.code == 0, said.err
    assert said.out == ""
    said = crm("forget", "--proposals", "--json", "--on", "2027-06-15")
    assert json.loads(said.out) == [
        {"id": "202406-002", "name": "李晓明", "rule": "persons", "last": "2024-06-15", "since": "2027-06-15"}
    ]
    assert "privacy.retention" in crm("check", "--on", "2027-06-15").out
    assert "privacy.retention" not in crm("check", "--on", "2027-06-14").out


@pytest.mark.parametrize(
    "text",
    [
        "retention: {x: {after: soon}}",
        "retention: {x: {when: 'tier:A'}}",
        "retenshun: {}",
        "recipients: {boss: nonsense}",
    ],
)
def test_what_privacy_cannot_mean_is_told(person: Path, crm: Crm, text: str) -> None:
    settings = person / "crm.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("privacy:", "x:") + f"privacy: {{{text}}}\n",
        encoding="utf-8",
    )
    said = crm("check")
    assert "privacy" in said.out + said.err
