"""SQL and `matches` give one answer: random dossiers, random queries over every kind of test."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.index import schema, sync
from crmkit.index.select import Condition
from crmkit.query.match import Dossier, customer_names, matches, without_identity
from crmkit.query.nodes import (
    Access,
    And,
    Bounds,
    Drafted,
    Every,
    Node,
    Not,
    Or,
    Overdue,
    Sum,
    Test,
    Words,
)
from crmkit.query.text import search_text

NAMES = ("name",)
TEXTS = st.sampled_from(
    [
        "",
        "a",
        "AB",
        "ａｂ",
        "节能 设备",
        "张三",
        "zhangsan",
        "z",
        "50",
        "100%",
        "it's",
        'say "x"',
        "ß",
        "null",
        "{}",
    ]
)
DAYS = st.sampled_from(
    ["2024-06-05", "2024-06-05T14:30+08:00", "2024-06-06", "2023-12-31", "2024-06-05T14:30:05+08:00"]
)
NUMBERS = st.sampled_from([-1, 0, 1, 1.0, 0.5, 2, 500000, 1e15])
MONEY = st.one_of(NUMBERS, st.fixed_dictionaries({"amount": NUMBERS, "currency": st.just("USD")}))
JUNK = st.one_of(
    TEXTS,
    DAYS,
    NUMBERS,
    st.booleans(),
    st.lists(TEXTS, max_size=2),
    st.dictionaries(st.sampled_from(["phone", "x"]), TEXTS, max_size=2),
)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, strategy, strategy, JUNK)


DOCS = st.fixed_dictionaries(
    {},
    optional={
        "name": _maybe(TEXTS),
        "stage": _maybe(st.sampled_from(["won", "lost", "potential"])),
        "tags": _maybe(st.lists(TEXTS, max_size=3)),
        "amount": _maybe(MONEY),
        "due": _maybe(DAYS),
        "ordered_on": _maybe(DAYS.map(lambda d: d[:10])),
        "status": st.sampled_from(["paid", "cancelled"]),
        "primary": _maybe(st.booleans()),
        "address": _maybe(st.fixed_dictionaries({}, optional={"province": _maybe(TEXTS), "city": TEXTS})),
        "contacts": _maybe(
            st.lists(
                _maybe(
                    st.fixed_dictionaries(
                        {}, optional={"phone": _maybe(TEXTS), "tags": st.lists(TEXTS, max_size=2)}
                    )
                ),
                max_size=2,
            )
        ),
        "needs": _maybe(
            st.lists(
                _maybe(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "budget": _maybe(st.fixed_dictionaries({"max": _maybe(MONEY)})),
                            "by": _maybe(DAYS),
                        },
                    )
                ),
                max_size=2,
            )
        ),
    },
)
DOSSIERS = st.lists(
    st.tuples(
        DOCS,
        st.lists(st.tuples(st.sampled_from(["followup", "opportunity", "order"]), DOCS), max_size=3),
        st.booleans(),
        st.lists(
            st.tuples(st.integers(0, 3), DAYS, st.sampled_from(["", "2024-06-04", "2024-06-05"])), max_size=3
        ),
    ),
    min_size=1,
    max_size=3,
)

PATHS = st.sampled_from(
    [
        ((("name", False),), "text"),
        ((("stage", False),), "vocabulary"),
        ((("tags", True),), "text"),
        ((("amount", False),), "money"),
        ((("due", False),), "when"),
        ((("primary", False),), "boolean"),
        ((("address", False),), "mapping"),
        ((("address", False), ("province", False)), "text"),
        ((("address", False), ("city", False)), "any"),
        ((("contacts", True),), "mapping"),
        ((("contacts", True), ("phone", False)), "text"),
        ((("contacts", True), ("tags", True)), "text"),
        ((("needs", True), ("budget", False), ("max", False)), "money"),
        ((("needs", True), ("by", False)), "when"),
        ((("id", False),), "identity"),
        ((("customer", False),), "identity"),
        ((), "mapping"),
    ]
)
BOUNDS = st.builds(
    Bounds, st.one_of(st.none(), NUMBERS), st.one_of(st.none(), NUMBERS), st.booleans(), st.booleans()
)
SPANS = st.builds(
    Bounds,
    st.one_of(st.none(), st.sampled_from(["2024-06-05", "2024-06-05~", "2024-06-05T14:30"])),
    st.one_of(st.none(), st.sampled_from(["2024-06-05~", "2024-06-05", "2024-06-05T14:30~"])),
    st.booleans(),
    st.booleans(),
)
WANTED = st.sampled_from(["a", "ab", "节能 设备", "张", "50", "z", "%", "'", '"', "ss", "won", "c-0"])


TEXT_OPS = ["contains", "equals", "prefix"]
OPS = {
    "text": [*TEXT_OPS, "has"],
    "vocabulary": ["codes"],
    "money": ["number", "number", "has"],
    "when": ["when"],
    "boolean": ["flag"],
    "mapping": [*TEXT_OPS, "has"],
    "any": [*TEXT_OPS, "codes", "number", "when", "flag", "has"],
}


@st.composite
def conditions(draw: st.DrawFn) -> Test:
    steps, kind = draw(PATHS)
    source = draw(st.sampled_from(["", "", "", "customer", "opportunity"]))
    access = Access(source, steps, kind)
    if kind == "identity" or not steps:
        op = draw(st.sampled_from(["contains", "equals", "has"]))
    else:
        op = draw(st.sampled_from(OPS[kind]))
    args: tuple[Any, ...]
    if op == "has":
        args = ()
    elif op == "flag":
        args = (draw(st.booleans()),)
    elif op == "number":
        args = tuple(draw(st.lists(BOUNDS, min_size=1, max_size=2)))
    elif op == "when":
        args = tuple(draw(st.lists(SPANS, min_size=1, max_size=2)))
    else:
        args = tuple(draw(st.lists(WANTED, min_size=1, max_size=2)))
    return Test(access, op, args)  # type: ignore[arg-type]  # one of the operations


LEAVES = st.one_of(
    conditions(),
    conditions(),
    conditions(),
    st.just(Every()),
    st.just(Drafted()),
    st.builds(Words, WANTED, st.just(0), st.just(NAMES), st.booleans()),
    st.builds(
        Sum,
        st.sampled_from(["worth", "count"]),
        st.sampled_from(["2023-06-05", "2024-06-05"]),
        st.sampled_from(["2024-06-05", "2024-06-06"]),
        st.lists(BOUNDS, max_size=2).map(tuple),
    ),
    st.builds(Overdue, st.just("2024-06-05"), st.sampled_from(["2024-06-05T14:30", "2024-06-05T15:00"])),
)
QUERIES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


def _computed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is computed of a record: junk, as the fields are."""
    return {"worth": fields["amount"]} if "amount" in fields else {}


def _store(db: sqlite3.Connection, folder: str, number: str, docs: list[dict[str, Any]], draft: bool) -> None:
    for doc in docs:
        fields = without_identity(doc)
        row = (
            folder,
            doc["path"],
            doc["kind"],
            doc["id"],
            number,
            int(draft),
            "",
            "",
            "",
            json.dumps(_computed(fields)),
            json.dumps(fields),
        )
        done = db.execute(f"INSERT INTO record VALUES (NULL, {', '.join('?' * len(row))})", row)
        db.execute(
            "INSERT INTO search VALUES (?, ?, ?)", (done.lastrowid, folder, search_text(fields, NAMES))
        )
        if doc["kind"] == "customer":
            names = "\n".join(customer_names(fields))
            db.execute(
                "INSERT INTO name VALUES (NULL, ?, 'customer', ?, ?, '')", (folder, doc["path"], names)
            )


@settings(max_examples=400, deadline=None)
@given(DOSSIERS, QUERIES, st.sampled_from(["customer", "followup", "opportunity"]))
def test_sql_finds_what_matches(dossiers: list[Any], query: Node, kind: str) -> None:
    db = sync.connect(":memory:")
    schema.create(db)
    expected: set[str] = set()
    for n, (customer, children, draft, due) in enumerate(dossiers):
        folder, number = f"customers/2024/c-{n}", f"c-{n}"
        docs = [
            {
                **customer,
                "id": number,
                "kind": "customer",
                "path": f"{folder}/customer.yaml",
                "customer": number,
            }
        ]
        docs += (
            {**doc, "id": f"{k}-{n}{i}", "kind": k, "path": f"{folder}/{k}-{n}{i}.yaml", "customer": number}
            for i, (k, doc) in enumerate(children)
        )
        _store(db, folder, number, docs, draft)
        agenda = [(docs[i % len(docs)]["id"], day, until) for i, day, until in due]
        for source, day, until in agenda:
            row = (
                folder,
                day[:10],
                until or None,
                day,
                "",
                number,
                int(draft),
                "due",
                "",
                "",
                source,
                "",
                "",
                "",
                "",
                "",
                "{}",
            )
            db.execute(f"INSERT INTO agenda VALUES (NULL, {', '.join('?' * len(row))})", row)
        by_kind = {
            k: [d for d in docs if d["kind"] == k] for k in ("customer", "followup", "opportunity", "order")
        }
        worth = {d["id"]: _computed(without_identity(d)) for d in docs}
        around = Dossier(by_kind, draft, agenda, worth)
        expected |= {d["path"] for d in by_kind[kind] if matches(query, d, around)}
    condition = Condition(query, kind)
    found = db.execute(
        f"SELECT r.path FROM record r WHERE r.kind = ? AND {condition.sql}", [kind, *condition.params]
    )
    got = [row[0] for row in found]
    db.close()
    assert sorted(got) == sorted(expected)
