"""Secrets as a user meets them: set from stdin, shown by reveal, shared and taken away by keys (R-000-39, R-001-40)."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmkit.crypt import identity
from crmkit.crypt.keyring import Keyring
from crmkit.crypt.sealed import parse as parsed

Crm = Callable[..., Any]
ID = "11010519491231002X"
OTHER = "440524188001010014"
CARD = "6222021234567890123"
HOME = "customers/2024/202406-001"
ON = ("--on", "2024-06-15T10:00")


@pytest.fixture(autouse=True)
def _no_other_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CRM_AGE_KEY_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def give(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


@pytest.fixture
def keyed(book: Path, crm: Crm, typed: Callable[[str], None]) -> Path:
    """The book with a key and an ID card number in 202406-001."""
    assert crm("keys", "init", *ON).code == 0
    typed(ID)
    done = crm("set", "北京示例", "id_number=-", *ON)
    assert done.code == 0, done.err
    return book


def text(book: Path, name: str = "customer.yaml") -> str:
    return (book / HOME / name).read_text(encoding="utf-8")


def sealed(book: Path, field: str = "id_number") -> str:
    found = re.search(rf"(?m)^{field}: \"?(enc:v1:[^\s\"]+)", text(book))
    assert found, text(book)
    return found[1]


def test_a_typed_secret_is_refused_with_the_way_to_give_it(book: Path, crm: Crm) -> None:
    crm("keys", "init")
    said = crm("set", "北京示例", f"id_number={ID}")
    assert said.code == 1
    assert "id_number=-" in said.err
    assert ID not in said.err
    assert "id_number" not in text(book)


def test_without_a_key_nothing_is_written_and_the_way_out_is_told(book: Path, crm: Crm, typed: Any) -> None:
    typed(ID)
    said = crm("set", "北京示例", "id_number=-")
    assert said.code == 1
    assert "crm keys init" in said.err
    assert "id_number" not in text(book)


def test_the_value_comes_back_and_the_access_log_is_committed_first(
    keyed: Path, crm: Crm, git_log: Callable[[], list[str]]
) -> None:
    assert ID not in text(keyed)
    said = crm("reveal", "北京示例", "id_number", "--why", "签合同", *ON)
    assert said.out == f"{ID}\n"
    log = text(keyed, "access.yaml")
    for part in ("by: Zhang San", "field: id_number", "why: 签合同", "at: 2024-06-15T10:00+08:00"):
        assert part in log
    assert ID not in log
    assert git_log()[0] == "reveal 202406-001: id_number"
    assert crm("reveal", "北京示例", "身份证号", *ON).out == f"{ID}\n"
    assert text(keyed, "access.yaml").count("by: Zhang San") == 2


def test_what_is_wrong_with_a_number_is_told_before_it_is_encrypted(
    keyed: Path, crm: Crm, typed: Any
) -> None:
    before = sealed(keyed)
    typed(ID[:-1] + "1")
    said = crm("set", "北京示例", "id_number=-")
    assert said.code == 2
    assert "check digit" in said.err
    assert ID[:-1] not in said.err
    assert sealed(keyed) == before


def test_the_same_value_keeps_its_ciphertext_and_another_does_not(keyed: Path, crm: Crm, typed: Any) -> None:
    before = sealed(keyed)
    typed(ID.lower())
    assert "nothing to change" in crm("set", "北京示例", "id_number=-").err
    assert sealed(keyed) == before
    typed(OTHER)
    crm("set", "北京示例", "id_number=-")
    assert sealed(keyed) != before
    assert crm("reveal", "北京示例", "id_number").out == f"{OTHER}\n"


def test_shown_as_a_lock_and_as_ciphertext_to_programs(keyed: Path, crm: Crm) -> None:
    listed = crm("list", "customer", "--columns", "name,id_number", "--format", "table").out
    assert "🔒" in listed
    assert "enc:v1" not in listed
    doc = json.loads(crm("show", "北京示例", "--json").out)
    assert doc["id_number"] == sealed(keyed)


def test_a_hand_written_secret_is_encrypted_by_the_next_write(keyed: Path, crm: Crm) -> None:
    path = keyed / HOME / "customer.yaml"
    path.write_text(text(keyed) + f"bank_account: '{CARD}'\n", encoding="utf-8")
    assert crm("check").code == 3
    assert crm("set", "北京示例", "stage=intent").code == 0
    assert CARD not in text(keyed)
    assert crm("reveal", "北京示例", "bank_account").out == f"{CARD}\n"
    assert crm("check").code == 0


def test_without_keys_a_hand_written_secret_never_reaches_git(book: Path, crm: Crm) -> None:
    path = book / HOME / "customer.yaml"
    path.write_text(text(book) + f"bank_account: '{CARD}'\n", encoding="utf-8")
    said = crm("set", "北京示例", "stage=intent")
    assert said.code == 1
    assert "crm keys init" in said.err
    assert CARD not in said.err


def test_a_value_copied_to_another_field_or_customer_is_refused(keyed: Path, crm: Crm) -> None:
    value = sealed(keyed)
    said = crm("set", "北京示例", f"bank_account={value}")
    assert said.code == 1
    assert "copied" in said.err
    assert crm("add", "customer", "name=上海样例有限公司", f"id_number={value}", *ON).code == 1
    # written by hand, it does not open, and check says so
    path = keyed / HOME / "customer.yaml"
    path.write_text(text(keyed) + f"bank_account: {value}\n", encoding="utf-8")
    assert crm("reveal", "北京示例", "bank_account").code == 1
    assert codes(crm) == ["secret.foreign"]


def test_a_secret_copied_with_its_key_is_found(keyed: Path, crm: Crm) -> None:
    crm("add", "customer", "name=上海样例有限公司", *ON)
    other = keyed / "customers/2024/202406-002"
    (other / "keys.yaml").write_text(text(keyed, "keys.yaml"), encoding="utf-8")
    path = other / "customer.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"id_number: {sealed(keyed)}\n", encoding="utf-8")
    assert codes(crm) == ["secret.key_twice", "secret.key_twice"]


def test_check_fix_encrypts_what_stands_in_plain_text(keyed: Path, crm: Crm) -> None:
    path = keyed / HOME / "customer.yaml"
    path.write_text(text(keyed) + f"bank_account: '{CARD}'\n", encoding="utf-8")
    assert codes(crm) == ["secret.plain"]
    assert crm("check", "--fix").code == 0
    assert CARD not in text(keyed)
    assert crm("reveal", "北京示例", "bank_account").out == f"{CARD}\n"


def test_an_entry_of_the_access_log_is_not_undone(keyed: Path, crm: Crm) -> None:
    crm("reveal", "北京示例", "id_number", *ON)
    said = crm("undo", "--yes")
    assert said.code == 1
    assert "access log" in said.err
    assert (keyed / HOME / "access.yaml").exists()


def test_a_custom_field_and_one_of_a_child_record_are_secrets_too(keyed: Path, crm: Crm, typed: Any) -> None:
    with (keyed / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write("fields: {contract: {seal_code: {marks: [secret]}}}\n")
    typed("S-1234")
    added = crm("add", "contract", "北京示例", "number=C1", "seal_code=-", *ON)
    assert added.code == 0, added.err
    ident = added.out.strip()
    assert "S-1234" not in text(keyed, f"{ident}.yaml")
    assert crm("reveal", ident, "seal_code").out == "S-1234\n"
    # it belongs to that contract: in another one it does not open
    value = text(keyed, f"{ident}.yaml").split("seal_code: ")[1].split()[0].strip('"')
    assert crm("add", "contract", "北京示例", "number=C2", f"seal_code={value}", *ON).code == 1


def test_secrets_survive_approval(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> None:
    assert crm("init", "reviewed", "--review").code == 0
    monkeypatch.chdir(tmp_path / "reviewed")
    crm("keys", "init")
    typed(f"name: 李明\nid_number: {ID}\n")
    draft = crm("add", "customer", "--from", "-", *ON).out.strip()
    assert draft.startswith("draft-")
    assert crm("submit", draft, *ON).code == 0
    assert crm("approve", draft, *ON).out.strip() == "202406-001"
    assert crm("reveal", "202406-001", "id_number", *ON).out == f"{ID}\n"
    assert "secret" not in "".join(codes(crm))


def test_two_clones_that_set_secrets_offline_read_both_after_they_meet(
    keyed: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> None:
    hub, other = tmp_path / "hub.git", tmp_path / "other"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(hub)], check=True)
    subprocess.run(["git", "-C", str(keyed), "remote", "add", "origin", str(hub)], check=True)
    assert crm("add", "customer", "name=上海样例有限公司", *ON).out == "202406-002\n"
    assert crm("sync", *ON).code == 0
    subprocess.run(["git", "clone", "-q", str(hub), str(other)], check=True)
    for book, number in (
        (keyed, ID),
        (other, OTHER),
    ):  # the same customer, without keys before: two data keys
        typed(number)
        assert crm("--book", str(book), "set", "202406-002", "id_number=-", *ON).code == 0
        assert crm("--book", str(book), "reveal", "202406-001", "id_number", "--why", number, *ON).code == 0
    for book in (keyed, other, keyed):
        assert crm("--book", str(book), "sync", *ON).code == 0
    seen = {crm("--book", str(book), "reveal", "202406-002", "id_number", *ON).out for book in (keyed, other)}
    assert len(seen) == 1
    assert seen <= {f"{ID}\n", f"{OTHER}\n"}
    log = text(keyed, "access.yaml")
    assert ID in log.split("why: ", 1)[1]
    assert OTHER in log
    attic = (keyed / "customers/2024/202406-002/attic.yaml").read_text(encoding="utf-8")
    assert "enc:v1:" in attic
    assert ID not in attic
    assert OTHER not in attic


def codes(crm: Crm) -> list[str]:
    """Return the codes of the errors that check finds."""
    return [p["code"] for p in json.loads(crm("check", "--json").out) if p["severity"] == "error"]


def warned(crm: Crm) -> list[str]:
    """Return the codes of the warnings about secrets."""
    return [p["code"] for p in json.loads(crm("check", "--json").out) if p["code"].startswith("secret.")]


def test_a_lost_key_is_told_and_everything_else_goes_on(
    keyed: Path, crm: Crm, tmp_path: Path, typed: Any
) -> None:
    (tmp_path / ".config" / "crmkit" / "identity.txt").unlink()
    said = crm("reveal", "北京示例", "id_number")
    assert said.code == 1
    assert "crm keys init" in said.err
    assert "Traceback" not in said.err
    assert not (keyed / HOME / "access.yaml").exists()
    before = sealed(keyed)
    assert crm("set", "北京示例", "stage=intent", "note=新电话").code == 0
    assert sealed(keyed) == before
    for words in (("check",), ("list", "customer"), ("due", *ON), ("show", "北京示例")):
        assert crm(*words).code == 0, words
    typed(CARD)  # who cannot read can still write: under a new key, for the readers that the book names
    assert crm("set", "北京示例", "bank_account=-").code == 0
    assert CARD not in text(keyed)


# several people


def someone(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path) -> None:
    monkeypatch.setenv("CRM_USER", name)
    monkeypatch.setenv("HOME", str(folder))


@pytest.fixture
def team(
    book: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> Callable[[str], None]:
    """A team of two with a key each, a secret that both can read, and a way to be either."""
    settings = book / "crm.yaml"
    people = "".join(f"  - {{name: {n}, email: {n}@example.com, roles: [admin]}}\n" for n in ("zhang", "li"))
    settings.write_text(settings.read_text(encoding="utf-8") + f"team:\n{people}", encoding="utf-8")

    def be(name: str) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        someone(monkeypatch, name, tmp_path / name)

    for name in ("zhang", "li"):
        be(name)
        done = crm("keys", "init", *ON)
        assert done.code == 0, done.err
    typed(ID)
    assert crm("set", "北京示例", "id_number=-", *ON).code == 0
    return be


def test_both_read_until_one_is_taken_out_and_then_only_the_old_ciphertext(
    book: Path, crm: Crm, team: Callable[[str], None], typed: Any
) -> None:
    for name in ("zhang", "li"):
        team(name)
        assert crm("reveal", "北京示例", "id_number").out == f"{ID}\n"
    old_value, old_keys = sealed(book), text(book, "keys.yaml")
    team("zhang")
    said = crm("keys", "remove", "li", *ON)
    assert said.code == 0, said.err
    assert "history" in said.err
    assert sealed(book) != old_value
    assert crm("reveal", "北京示例", "id_number").out == f"{ID}\n"
    typed(CARD)
    assert crm("set", "北京示例", "bank_account=-").code == 0
    assert warned(crm) == []
    team("li")
    for field in ("id_number", "bank_account"):
        said = crm("reveal", "北京示例", field)
        assert (said.code, said.out) == (1, "")
        assert "zhang can open it" in said.err
    # the control: what he had is still his, and check names what he can read
    (book / HOME / "keys.yaml").write_text(old_keys, encoding="utf-8")
    path = book / HOME / "customer.yaml"
    path.write_text(text(book).replace(sealed(book), old_value), encoding="utf-8")
    assert "secret.reader" in warned(crm)
    assert crm("reveal", "北京示例", "id_number").out == f"{ID}\n"


def test_a_newcomer_reads_what_was_written_before_him(
    book: Path, crm: Crm, team: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = identity.make(tmp_path / "recovery.txt", "recovery")
    team("zhang")
    said = crm("keys", "add", "recovery", public, *ON)
    assert said.code == 0, said.err
    assert f"recovery: {public}" in (book / "crm.yaml").read_text(encoding="utf-8")
    rows = json.loads(crm("keys", "list", "--json").out)
    assert [(r["name"], r["dossiers"], r["of"], r["me"]) for r in rows] == [
        ("zhang", 1, 1, True),
        ("li", 1, 1, False),
        ("recovery", 1, 1, False),
    ]
    monkeypatch.setenv("CRM_AGE_KEY_FILE", str(tmp_path / "recovery.txt"))
    assert crm("reveal", "北京示例", "id_number").out == f"{ID}\n"


def test_rotate_gives_new_keys_that_everybody_opens(
    book: Path, crm: Crm, team: Callable[[str], None]
) -> None:
    before = sealed(book)
    assert crm("keys", "rotate", *ON).code == 0
    assert sealed(book).split(":")[2] != before.split(":")[2]
    for name in ("zhang", "li"):
        team(name)
        assert crm("reveal", "北京示例", "id_number").out == f"{ID}\n"


@pytest.mark.parametrize(
    "public",
    ["age1nonsense", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1XYZ", "x BEGIN OPENSSH PRIVATE KEY"],
)
def test_what_is_no_public_key_is_refused(book: Path, crm: Crm, public: str) -> None:
    said = crm("keys", "add", "li", public)
    assert said.code == 1
    assert "recipients" not in (book / "crm.yaml").read_text(encoding="utf-8")


# roles (R-001-42): what one may not see one cannot decrypt either


@pytest.fixture
def sales(
    book: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> Callable[[str], None]:
    """Two salespeople who see their own customers alone, and a boss; 202406-001 is ann's, with a secret."""
    people = (("boss", "admin"), ("ann", "sales"), ("bob", "sales"))
    team = "".join(f"  - {{name: {n}, email: {n}@example.com, roles: [{r}]}}\n" for n, r in people)

    def be(name: str) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        someone(monkeypatch, name, tmp_path / name)

    (book / "crm.yaml").write_text(
        (book / "crm.yaml").read_text(encoding="utf-8") + f"team:\n{team}", encoding="utf-8"
    )
    be("boss")
    assert crm("set", "202406-001", "owner=ann", *ON).code == 0
    for name, _ in people:
        be(name)
        public = identity.make(tmp_path / name / ".config" / "crmkit" / "identity.txt", name)
        be("boss")
        assert crm("keys", "add", name, public, *ON).code == 0
    be("ann")
    typed(ID)
    assert crm("set", "202406-001", "id_number=-", *ON).code == 0
    return be


def wrapped_to(book: Path) -> int:
    return len(re.findall(r"(?m)^\s+to: ", text(book, "keys.yaml")))


def test_a_secret_is_wrapped_to_those_who_may_see_the_customer_and_follows_its_owner(
    book: Path, crm: Crm, sales: Callable[[str], None]
) -> None:
    assert wrapped_to(book) == 2  # ann and the boss
    sales("boss")
    assert crm("reveal", "202406-001", "id_number").out == f"{ID}\n"
    assert warned(crm) == []
    # bob cannot, even with the files: the wall is the key, not the command
    own = identity.load({"HOME": str(Path(os.environ["HOME"]).parent / "bob")})
    ring = Keyring.read(text(book, "keys.yaml").encode(), "keys.yaml")
    assert ring.ids
    assert all(ring.open(key, own) is None for key in ring.ids)
    # handed over, bob can; ann still can until the key is changed, and check says so
    assert crm("set", "202406-001", "owner=bob", *ON).code == 0
    assert wrapped_to(book) == 3
    assert warned(crm) == ["secret.reader"]
    assert crm("keys", "rotate", *ON).code == 0
    assert warned(crm) == []
    sales("bob")
    assert crm("reveal", "202406-001", "id_number").out == f"{ID}\n"
    ring = Keyring.read(text(book, "keys.yaml").encode(), "keys.yaml")
    ann = identity.load({"HOME": str(Path(os.environ["HOME"]).parent / "ann")})
    value = parsed(sealed(book))
    assert value is not None
    assert ring.open(value.key, ann) is None


def test_who_may_not_change_crm_yaml_gets_the_line_to_send(
    book: Path, crm: Crm, sales: Callable[[str], None], tmp_path: Path
) -> None:
    sales("boss")
    assert crm("keys", "remove", "ann", *ON).code == 0
    sales("ann")
    before = (book / "crm.yaml").read_bytes()
    said = crm("keys", "init", *ON)
    assert said.code == 0
    assert "crm keys add ann age1" in said.err
    assert (book / "crm.yaml").read_bytes() == before
    assert crm("keys", "add", "ann", said.err.split()[-1], *ON).code == 1  # not by himself
    sales("boss")
    assert crm("keys", "add", "ann", said.err.split()[-1], *ON).code == 0
    sales("ann")
    assert crm("reveal", "202406-001", "id_number").out == f"{ID}\n"


def test_what_one_may_not_see_one_may_not_reveal_or_forget(
    book: Path, crm: Crm, sales: Callable[[str], None]
) -> None:
    sales("bob")
    for words in (("reveal", "202406-001", "id_number"), ("forget", "202406-001", "--yes")):
        assert crm(*words, *ON).code == 1
    assert (book / HOME / "customer.yaml").exists()
    sales("ann")  # her own customer she may
    assert crm("forget", "202406-001", "--yes", *ON).code == 0
    assert not (book / HOME).exists()


def test_imported_secrets_are_encrypted_and_in_no_preview(book: Path, crm: Crm, tmp_path: Path) -> None:
    crm("keys", "init", *ON)
    table = tmp_path / "x.csv"
    rows = f"客户名称,type,id_number,contacts.0.mobile\n李晓明,person,{ID},13912345678\n坏,person,{OTHER[:-1]}9,13912345679\n"
    table.write_text(rows, encoding="utf-8")
    for words in (("--dry-run",), ("--yes",)):
        said = crm("import", str(table), "--kind", "customer", *words, *ON)
        assert ID not in said.out + said.err
        assert OTHER[:-1] not in said.out + said.err
        assert "check digit" in said.out + said.err
    assert crm("reveal", "李晓明", "id_number", *ON).out == f"{ID}\n"
    assert ID not in (book / "customers/2024/202406-002/customer.yaml").read_text(encoding="utf-8")
    # what was exported and comes back is the same ciphertext
    out = tmp_path / "out.csv"
    assert crm("export", "customer", "--format", "csv", "-o", str(out), "--reveal", *ON).code == 0
    assert ID not in out.read_text(encoding="utf-8")
