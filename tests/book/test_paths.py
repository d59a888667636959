from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.book import layout
from crmkit.book.layout import Book
from crmkit.errors import NotFound, Refused


@pytest.mark.parametrize(
    ("path", "kind", "ident", "dossier"),
    [
        ("customers/2024/202406-001/customer.yaml", "customer", "202406-001", "customers/2024/202406-001"),
        (
            "customers/2024/202406-001/order-240701-ab2c.yaml",
            "order",
            "order-240701-ab2c",
            "customers/2024/202406-001",
        ),
        (
            "customers/drafts/draft-240601-k2m9/customer.yaml",
            "customer",
            "draft-240601-k2m9",
            "customers/drafts/draft-240601-k2m9",
        ),
        ("campaigns/2024/campaign-240615-x1y2.yaml", "campaign", "campaign-240615-x1y2", ""),
        ("products/product-240101-aaaa.yaml", "product", "product-240101-aaaa", ""),
        (
            "customers/2024/202406-001/folowup-240605-7k3m.yaml",
            "folowup",
            "folowup-240605-7k3m",
            "customers/2024/202406-001",
        ),
    ],
)
def test_a_path_says_what_the_record_is(path: str, kind: str, ident: str, dossier: str) -> None:
    place = layout.place_of(path)
    assert place is not None
    assert (place.kind, place.id, place.dossier) == (kind, ident, dossier)
    assert place.draft == ("draft-" in path)


@pytest.mark.parametrize(
    "path",
    [
        "crm.yaml",
        "customers/2024/202406-001/keys.yaml",
        "customers/2024/202406-001/files/a.yaml",
        "chores.txt",
        "x/attic.yaml",
    ],
)
def test_what_is_no_record(path: str) -> None:
    assert layout.place_of(path) is None


def test_the_nearest_book_upward_is_found(plain: Book, tmp_path: Path) -> None:
    deep = plain.root / "customers" / "2024"
    assert layout.find(None, {}, deep) == plain
    assert layout.find(str(plain.root), {}, tmp_path) == plain
    assert layout.find("crm.yaml", {}, plain.root) == plain
    assert layout.find(None, {"CRM_BOOK": str(plain.root)}, tmp_path) == plain
    with pytest.raises(NotFound) as e:
        layout.find(None, {}, tmp_path)
    assert "crm init" in str(e.value.hint)
    with pytest.raises(NotFound):
        layout.find(str(tmp_path), {"CRM_BOOK": str(plain.root)}, plain.root)


def test_walk_reads_records_and_follows_no_link(plain: Book, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("name: x\n")
    dossier = plain.root / "customers" / "2024" / "202406-001"
    (dossier / "order-240101-aaaa.yaml").symlink_to(secret)
    (plain.root / "customers" / "2023").symlink_to(tmp_path, target_is_directory=True)
    (dossier / "files").mkdir()
    (dossier / "files" / "not-a-record.yaml").write_text("a: b\n")
    (dossier / "plan-240101-bbbb.yml").write_text("a: b\n")
    os.mkfifo(dossier / "plan-240101-cccc.yaml")
    odd: list[tuple[str, str]] = []
    found = [path for path, _ in layout.walk(plain, odd=odd)]
    assert found == ["customers/2024/202406-001/customer.yaml"]
    assert dict(odd) == {
        "customers/2024/202406-001/order-240101-aaaa.yaml": "link",
        "customers/2023": "link",
        "customers/2024/202406-001/plan-240101-bbbb.yml": "yml",
        "customers/2024/202406-001/plan-240101-cccc.yaml": "special",
    }


def test_a_link_or_device_is_not_read(plain: Book) -> None:
    (plain.root / "link.yaml").symlink_to("/etc/passwd")
    os.mkfifo(plain.root / "pipe.yaml")
    with pytest.raises(OSError, match=r"[Ss]ymbolic|symlink|levels"):
        plain.read("link.yaml")
    with pytest.raises(Refused):
        plain.read("pipe.yaml")


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x.yaml", "customers/../../x.yaml", ".git/config", "customers/.git/config", "a/.GIT/x",
        "git~1/config", "a\\b.yaml", "a//b.yaml", "a/b.yaml/", "a/\x1b[31m.yaml", "a/\u202eb.yaml", "a/b. ", "a/b.",
        "a/e\u0301.yaml", "a/" + "长" * 90, ".crm/lock", "con\x00.yaml", "a:b.yaml", ".gitattributes/x", "a/\udc80.yaml",
    ],
)  # fmt: skip
def test_names_that_no_book_holds(path: str) -> None:
    with pytest.raises(Refused):
        layout.check_path(path)


@given(st.text(max_size=40))
def test_no_accepted_name_leaves_the_book(path: str) -> None:
    try:
        layout.check_path(path)
    except Refused:
        return
    parts = path.split("/")
    assert ".." not in parts
    assert not path.startswith("/")
    assert ".git" not in [p.casefold() for p in parts]


def test_numbers_go_up_and_are_never_given_twice(plain: Book) -> None:
    day = date(2024, 6, 5)
    assert layout.new_customer(plain, day, draft=False) == (
        "202406-002",
        "customers/2024/202406-002/customer.yaml",
    )
    also = {"customers/2024/202406-002/customer.yaml": 1}
    assert layout.new_customer(plain, day, draft=False, also=also)[0] == "202406-003"
    (plain.root / "customers" / "retired.txt").write_text("202406-007\n202405-090\n")
    assert layout.next_number(plain, day) == "202406-008"
    assert layout.next_number(plain, date(2024, 5, 1)) == "202405-091"
    assert layout.next_number(plain, date(2025, 1, 1)) == "202501-001"
    (plain.root / "customers/2024/202406-999").mkdir()
    assert layout.next_number(plain, day) == "202406-1000"


def test_an_id_that_is_taken_is_drawn_again(plain: Book) -> None:
    drawn = iter(["aaaa", "bbbb"])
    taken = {"order-240605-aaaa"}
    ident = layout.new_id(plain, "order", date(2024, 6, 5), taken.__contains__, lambda: next(drawn))
    assert ident == "order-240605-bbbb"
    ident, path = layout.new_customer(plain, date(2024, 6, 5), draft=True)
    assert ident.startswith("draft-240605-")
    assert path == f"customers/drafts/{ident}/customer.yaml"
