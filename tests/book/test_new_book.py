from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crmkit.book import check, init
from crmkit.book.paths import Book
from crmkit.errors import Refused
from crmkit.records.catalog import Catalog, FieldSpec, KindSpec

Git = Callable[..., str]


def git_in(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_new_book_is_a_repository_with_one_commit(tmp_path: Path) -> None:
    made = init.create(tmp_path / "my" / "book", "name: a\n", ("张三", ""), {"products/p.yaml": b"name: p\n"})
    root = made.book.root
    assert made.own
    assert made.warning == ""
    assert git_in(root, "rev-list", "--count", "HEAD") == "1"
    assert git_in(root, "status", "--porcelain") == ""
    assert set(git_in(root, "ls-files").splitlines()) == {
        "crm.yaml",
        ".gitignore",
        ".gitattributes",
        "products/p.yaml",
    }
    assert "merge=crm" in (root / ".gitattributes").read_text()
    assert (root / ".git/hooks/pre-commit").stat().st_mode & 0o111


def test_in_a_repository_it_joins_it_and_keeps_what_is_there(tmp_path: Path) -> None:
    git_in(tmp_path, "init", "-q")
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / ".gitignore").write_text("*.bak")
    (tmp_path / ".git/hooks").mkdir(exist_ok=True)
    (tmp_path / ".git/hooks/pre-commit").write_text("mine")
    made = init.create(folder, "name: a\n")
    assert not made.own
    assert (folder / ".gitignore").read_text() == "*.bak\n.crm/\n"
    assert (tmp_path / ".git/hooks/pre-commit").read_text() == "mine"
    assert git_in(tmp_path, "ls-files") == "sub/.gitattributes\nsub/.gitignore\nsub/crm.yaml"


def test_a_book_is_not_made_over_another(plain: Book) -> None:
    with pytest.raises(Refused, match="already"):
        init.create(plain.root, "name: b\n")
    assert plain.settings_path.read_text() == "name: test\n"


def test_without_git_the_book_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmkit.git import plumbing

    monkeypatch.setenv("PATH", "/nowhere")
    plumbing.program.cache_clear()
    try:
        made = init.create(tmp_path / "b", "name: a\n")
    finally:
        plumbing.program.cache_clear()
    assert made.commit == ""
    assert "git" in made.warning
    assert made.book.settings_path.exists()


@dataclass(frozen=True)
class Row:
    id: str
    kind: str
    path: str
    customer: str = ""
    doc: Mapping[str, Any] = field(default_factory=dict)


CATALOG = Catalog(
    {
        "customer": KindSpec("customer", "Customer", "customer", ()),
        "order": KindSpec(
            "order", "Order", "dossier",
            (FieldSpec("contract", "reference", "", refers_to="contract"), FieldSpec("items[].product", "reference", "", refers_to="product")),
        ),
        "contract": KindSpec("contract", "Contract", "dossier", ()),
        "product": KindSpec("product", "Product", "products", ()),
    }
)  # fmt: skip
HERE = "customers/2024/202406-001"


def found(book: Book, *rows: Row) -> list[tuple[str, str, str]]:
    return [(p.path, p.field, p.code) for p in check.across(book, rows, CATALOG)]


def test_references_that_lead_nowhere(plain: Book) -> None:
    order = Row(
        "order-1",
        "order",
        f"{HERE}/order-1.yaml",
        "202406-001",
        {"contract": "HT-7", "items": [{"product": "泵"}, {"product": "阀"}]},
    )
    contract = Row("contract-1", "contract", f"{HERE}/contract-1.yaml", "202406-001", {"number": "HT-7"})
    product = Row("product-1", "product", "products/product-1.yaml", "", {"name": "泵"})
    assert found(plain, order, contract, product) == [(order.path, "items.1.product", "book.dangling")]
    assert (order.path, "contract", "book.dangling") in found(plain, order, product)


def test_two_files_with_one_id_are_both_named(plain: Book) -> None:
    a, b = (
        Row("202406-001", "customer", f"customers/{year}/202406-001/customer.yaml") for year in (2023, 2024)
    )
    assert {(p, c) for p, _, c in found(plain, a, b)} == {
        (a.path, "book.id_twice"),
        (b.path, "book.id_twice"),
    }


def test_names_that_are_one_on_another_disk(plain: Book) -> None:
    a, b = (Row(i, "order", f"{HERE}/{i}.yaml") for i in ("order-a", "order-A"))
    assert {c for *_, c in found(plain, a, b)} == {"book.case"}


def test_attachments_conflicts_and_strays_are_told(plain: Book) -> None:
    files = plain.root / HERE / "files"
    files.mkdir()
    (files / "扫描.pdf").write_text("x")
    (files / "示例-营业执照-2024-06.pdf").write_text("x")
    (files / "link").symlink_to("/etc/passwd")
    (plain.root / HERE / "order-2.yml").write_text("a: b\n")
    (plain.state / "conflicts").mkdir(parents=True)
    (plain.state / "conflicts" / "customers~2024~x.yaml.1").write_text("theirs")
    row = Row("202406-001", "customer", f"{HERE}/customer.yaml", "202406-001", {"short_name": "示例"})
    assert {(p, c) for p, _, c in found(plain, row)} == {
        (f"{HERE}/files/扫描.pdf", "attachment.name"),
        (f"{HERE}/files/link", "book.link"),
        (f"{HERE}/order-2.yml", "book.yml"),
        (".crm/conflicts/customers~2024~x.yaml.1", "book.conflict"),
    }
