"""The merge of one record (trust.md: clones meet)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.book import attic
from crmkit.book.merge import Merged, Side, Stamp, merge
from crmkit.yaml.read import load
from crmkit.yaml.write import dump

PATH = "customers/2024/202406-001/customer.yaml"
EARLY, LATE = (
    Stamp(1000.0, "张三", "2024-06-01T09:00:00+08:00"),
    Stamp(2000.0, "李四", "2024-06-02T09:00:00+08:00"),
)


def meet(base: str, ours: str, theirs: str, path: str = PATH, *, ours_later: bool = False) -> Merged:
    mine, other = (LATE, EARLY) if ours_later else (EARLY, LATE)
    return merge(
        path,
        base.encode() if base else None,
        Side(ours.encode(), lambda _: mine),
        Side(theirs.encode(), lambda _: other),
    )


def data(merged: Merged) -> dict[str, Any]:
    return load(merged.raw or b"", "x").data


def test_each_side_keeps_its_fields_and_comments() -> None:
    merged = meet(
        "name: 示例\nphone: 010\nnote: old\n",
        "name: 示例\nphone: 010 # 总机\nnote: old\nstage: intent\n",
        "# 老客户\nname: 示例公司\nphone: 010\nnote: old\n",
    )
    assert merged.raw == "# 老客户\nname: 示例公司\nphone: 010 # 总机\nnote: old\nstage: intent\n".encode()
    assert not merged.lost


def test_the_later_change_wins_and_the_other_is_kept() -> None:
    merged = meet("stage: potential\n", "stage: intent\n", "stage: won\n")
    assert data(merged) == {"stage": "won"}
    (lost,) = merged.lost
    assert (lost.steps, lost.value, lost.stamp.by) == (("stage",), "intent", "张三")
    assert data(meet("stage: potential\n", "stage: intent\n", "stage: won\n", ours_later=True)) == {
        "stage": "intent"
    }


def test_lists_of_words_merge_as_sets() -> None:
    merged = meet("tags: [a, b]\n", "tags: [b, c]\n", "tags: [a, b, d]\n")
    assert sorted(data(merged)["tags"]) == ["b", "c", "d"]


def test_contacts_are_known_by_name_else_by_phone() -> None:
    merged = meet(
        "contacts:\n  - {name: 王工, phone: 13800001111}\n  - {name: 李工, phone: 13900002222}\n",
        "contacts:\n  - {name: 王建国, phone: 13800001111}\n  - {name: 李工, phone: 13900002222}\n",
        "contacts:\n  - {name: 李工, phone: 13900002222, email: li@example.com}\n"
        "  - {name: 王工, phone: 13800001111, job_title: 经理}\n  - {name: 赵工, phone: 13700003333}\n",
    )
    found = {c["name"]: c for c in data(merged)["contacts"]}
    assert found["王建国"] == {"name": "王建国", "phone": "13800001111", "job_title": "经理"}
    assert found["李工"]["email"] == "li@example.com"
    assert "赵工" in found
    assert len(found) == 3
    assert not merged.lost


def test_another_person_is_not_the_same_contact() -> None:
    merged = meet(
        "contacts: [{name: 王工, department: 采购, role: user}]\n",
        "contacts: [{name: 周工, department: 采购, role: user}]\n",
        "contacts: [{name: 王工, department: 采购, role: user, email: w@example.com}]\n",
    )
    names = {c["name"]: c.get("email") for c in data(merged)["contacts"]}
    assert names == {"王工": "w@example.com", "周工": None}


def test_a_sum_goes_with_its_currency() -> None:
    merged = meet(
        "amount: 100\ncurrency: CNY\n", "amount: 200\ncurrency: CNY\n", "amount: 100\ncurrency: USD\n"
    )
    assert data(merged) == {"amount": "100", "currency": "USD"}
    assert [(x.steps, x.value) for x in merged.lost] == [(("amount",), "200")]


def test_a_payment_that_was_put_off_stays_one() -> None:
    merged = meet(
        "payments:\n  - {due: 2024-06-01, amount: 500}\n",
        "payments:\n  - {due: 2024-06-15, amount: 500}\n",
        "payments:\n  - {due: 2024-06-01, amount: 500, paid_on: 2024-06-03}\n",
    )
    assert data(merged)["payments"] == [{"due": "2024-06-15", "amount": "500", "paid_on": "2024-06-03"}]


def test_a_price_that_changed_is_no_second_item() -> None:
    merged = meet(
        "items: [{product: 服务器, unit_price: 10, quantity: 1}]\n",
        "items: [{product: 服务器, unit_price: 12, quantity: 1}]\n",
        "items: [{product: 服务器, unit_price: 10, quantity: 3}]\n",
    )
    assert data(merged)["items"] == [{"product": "服务器", "unit_price": "12", "quantity": "3"}]


def test_two_stages_on_one_day_are_two_events() -> None:
    merged = meet(
        "stage: potential\nstage_history:\n  - {on: 2024-06-01, stage: potential}\n",
        "stage: intent\nstage_history:\n  - {on: 2024-06-01, stage: potential}\n  - {on: 2024-06-05, stage: intent}\n",
        "stage: won\nstage_history:\n  - {on: 2024-06-01, stage: potential}\n  - {on: 2024-06-05, stage: won}\n",
    )
    assert sorted(s["stage"] for s in data(merged)["stage_history"]) == ["intent", "potential", "won"]
    assert [x.steps for x in merged.lost] == [("stage",)]


def test_deleted_here_and_changed_there_is_kept() -> None:
    assert data(meet("a: 1\nb: 2\n", "b: 2\n", "a: 3\nb: 2\n")) == {"a": "3", "b": "2"}
    assert (
        merge(PATH, b"a: 1\n", Side(None, lambda _: LATE), Side(b"a: 2\n", lambda _: EARLY)).raw == b"a: 2\n"
    )
    assert merge(PATH, b"a: 1\n", Side(None, lambda _: LATE), Side(b"a: 1\n", lambda _: EARLY)).raw is None


def test_stamps_go_together_and_never_to_the_attic() -> None:
    merged = meet(
        "a: 1\nupdated_by: 王五\nupdated_at: 2024-06-01T08:00+08:00\n",
        "a: 2\nupdated_by: 张三\nupdated_at: 2024-06-03T08:00+08:00\n",
        "a: 1\nb: 1\nupdated_by: 李四\nupdated_at: 2024-06-02T08:00+08:00\n",
    )
    assert data(merged) == {"a": "2", "b": "1", "updated_by": "张三", "updated_at": "2024-06-03T08:00+08:00"}
    assert not merged.lost


def test_ticks_of_two_people_are_two() -> None:
    merged = meet(
        "",
        "weekly_review:\n  - {due: 2024-06-14, by: 张三}\n",
        "weekly_review:\n  - {due: 2024-06-14, by: 李四}\n",
        "chores/2024.yaml",
    )
    assert len(data(merged)["weekly_review"]) == 2
    assert not merged.lost


@pytest.mark.parametrize("broken", [b"name: [\n", b"<<<<<<< a\nname: x\n", b"name: \xff\xfe\n"])
def test_a_side_that_cannot_be_read_is_kept_whole(broken: bytes) -> None:
    merged = merge(PATH, b"name: a\n", Side(broken, lambda _: LATE), Side(b"name: b\n", lambda _: EARLY))
    assert merged.raw == b"name: b\n"
    (lost,) = merged.lost
    noted, beside = attic.entry_for(PATH, lost)
    assert beside
    assert beside[1] == broken
    assert beside[0].rpartition("/")[2] == noted["value"]


def test_an_attic_loses_what_either_side_settled_and_nothing_else() -> None:
    one, two, three = ({"id": x, "record": "r", "field": "f", "value": x} for x in "abc")
    base, ours, theirs = attic.dump([one, two]), attic.dump([two]), attic.dump([one, two, three])
    merged = attic.merged(base, ours, theirs)
    assert [e.id for e in attic.read(merged or b"", "attic.yaml")] == ["b", "c"]
    assert attic.merged(base, theirs, ours) == merged
    assert attic.merged(base, attic.dump([two]), None) is None


# ---- any edits

word = st.sampled_from(["a", "b", "c", "甲", "乙: 丙", "0123", "no", "x\ny"])
entry = st.dictionaries(st.sampled_from(["name", "phone", "email", "note"]), word, min_size=1)
dated = st.fixed_dictionaries({"due": word}, optional={"amount": word, "paid_on": word})
value = st.one_of(
    word, st.lists(word, max_size=3), st.lists(entry, max_size=3), st.dictionaries(word, word, max_size=2)
)
record = st.fixed_dictionaries(
    {"name": word},
    optional={
        "amount": word,
        "currency": st.sampled_from(["CNY", "USD"]),
        "tags": st.lists(word, max_size=4),
        "contacts": st.lists(entry, max_size=4),
        "payments": st.lists(dated, max_size=3),
        "budget": st.dictionaries(st.sampled_from(["min", "max", "currency"]), word),
        "other": value,
        "updated_at": st.sampled_from(["2024-06-01T09:00+08:00", "2024-06-02T09:00+08:00"]),
        "updated_by": word,
    },
)


@given(record, record, record, st.integers(0, 2), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_any_two_versions_merge_alike_in_every_clone_and_lose_nothing(
    base: dict[str, Any], one: dict[str, Any], two: dict[str, Any], at_one: int, at_two: int
) -> None:
    raw, first, second = (dump(r).encode() for r in (base, one, two))
    a = Side(first, lambda _: Stamp(float(at_one), "张三", f"2024-06-0{at_one + 1}"))
    b = Side(second, lambda _: Stamp(float(at_two), "李四", f"2024-06-0{at_two + 1}"))
    here, there = merge(PATH, raw, a, b), merge(PATH, raw, b, a)
    assert here.raw == there.raw
    assert sorted(map(repr, here.lost)) == sorted(map(repr, there.lost))
    merged = data(here)
    assert merge(PATH, first, Side(here.raw, b.dated), a).raw == here.raw
    assert merge(PATH, raw, Side(here.raw, a.dated), Side(here.raw, b.dated)).raw == here.raw
    kept = {*texts(merged), *(t for x in here.lost for t in texts(x.value))}
    old = set(texts(load(raw, "x").data))
    stamps = {str(r.get(k)) for r in (one, two) for k in ("updated_at", "updated_by")}
    assert {*texts(load(first, "x").data), *texts(load(second, "x").data)} - old - stamps <= kept


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for v in value.values():
            yield from texts(v)
    elif isinstance(value, list):
        for v in value:
            yield from texts(v)
    elif value is not None:
        yield str(value)
