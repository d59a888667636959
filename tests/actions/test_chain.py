"""The chain of a follow-up: what it answers, what came of it, where it ends, whatever the links say (R-000-52)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.actions.chain import Step, walk

Doc = dict[str, Any]


def done(ident: str, at: str, **fields: Any) -> Doc:
    return {"id": ident, "kind": "followup", "customer": "202406-001", "status": "done", "at": at, **fields}


def planned(ident: str, due: str, **fields: Any) -> Doc:
    return {
        "id": ident,
        "kind": "followup",
        "customer": "202406-001",
        "status": "planned",
        "due": due,
        **fields,
    }


def shown(steps: list[Step]) -> list[str]:
    """Each step as `id <came of >led to !end`, the one asked for marked with a star."""
    return [
        " ".join(
            [
                step.id + "*" * step.here,
                *(f"<{i}" for i in step.came_of),
                *(f">{i}" for i in step.led_to),
                *(f"!{e}" for e in [step.end] if e),
            ]
        )
        for step in steps
    ]


def chain(ident: str, *docs: Doc, elsewhere: Mapping[str, Doc] | None = None) -> list[str]:
    return shown(walk(ident, docs, (elsewhere or {}).get))


FIRST = done("first", "2024-06-01T10:00", next="second")
SECOND = done("second", "2024-06-05", answers="first")
THIRD = planned("third", "2024-06-15", answers="second")


@pytest.mark.parametrize("ident", ["first", "second", "third"])
def test_it_is_the_same_walked_from_any_of_its_steps(ident: str) -> None:
    told = chain(ident, THIRD, SECOND, FIRST, done("other", "2024-06-02"))
    assert [line.replace("*", "") for line in told] == [
        "first >second",
        "second <first >third",
        "third <second !open",
    ]
    assert [line.split()[0] for line in told if "*" in line] == [f"{ident}*"]


def test_one_direction_of_a_link_is_enough() -> None:
    by_next = chain("a", done("a", "2024-06-01", next="b"), done("b", "2024-06-02"))
    by_answers = chain("a", done("a", "2024-06-01"), done("b", "2024-06-02", answers="a"))
    assert by_next == by_answers == ["a* >b", "b <a !done"]


def test_a_talk_that_led_to_two_things_shows_both() -> None:
    docs = (
        done("a", "2024-06-01"),
        done("b", "2024-06-03", answers="a"),
        done("c", "2024-06-02", answers="a"),
    )
    assert chain("b", *docs) == ["a >c >b", "c <a !done", "b* <a !done"]


@pytest.mark.parametrize(
    ("doc", "end"),
    [
        (done("a", "2024-06-01"), "done"),
        (done("a", "2024-06-01", result="已成交"), "result"),
        (done("a", "2024-06-01", next_step="发报价"), "next_step"),
        (done("a", "2024-06-01", next_step="发报价", result="已成交"), "result"),
        (planned("a", "2024-06-01"), "open"),
        ({**planned("a", "2024-06-01"), "status": "cancelled", "result": "客户出差"}, "cancelled"),
        ({"id": "a", "kind": "followup", "due": "2024-06-01"}, "open"),
        ({"id": "a", "kind": "followup", "at": "2024-06-01"}, "done"),
    ],
)
def test_a_single_one_says_where_it_ends(doc: Doc, end: str) -> None:
    assert chain("a", doc) == [f"a* !{end}"]


def test_links_to_what_is_not_there_stay_visible() -> None:
    told = walk("a", [done("a", "2024-06-01", answers="gone", next="lost")])
    assert shown(told) == ["gone >a", "a* <gone >lost", "lost <a !missing"]
    assert [(step.status, step.kind) for step in told] == [
        ("missing", ""),
        ("done", "followup"),
        ("missing", ""),
    ]


def test_a_circle_is_walked_once_and_says_so() -> None:
    a, b = done("a", "2024-06-01", answers="b"), done("b", "2024-06-02", answers="a")
    assert chain("a", a, b) == ["a* <b >b", "b <a >a !loop"]
    assert chain("a", done("a", "2024-06-01", next="a", answers="a")) == ["a* !done"]


def test_a_row_of_crm_due_is_what_its_answer_came_of() -> None:
    row = "202406-001/cadence.potential/202406-001/2024-06-08"
    told = walk("a", [done("a", "2024-06-07", answers=row), done("b", "2024-06-01")])
    assert shown(told) == [f"{row} >a", f"a* <{row} !done"]
    assert (told[0].kind, told[0].text, told[0].on) == ("due", "cadence.potential", "2024-06-08")


@pytest.mark.parametrize("part", ["talk.2", "talk.o2", "talk"])
def test_a_row_of_a_promise_leads_back_to_the_talk_in_which_it_was_made(part: str) -> None:
    row = f"202406-001/promise.open/{part}/2024-06-08"
    told = chain("kept", done("talk", "2024-06-01"), done("kept", "2024-06-07", answers=row))
    assert told == [f"talk >{row}", f"{row} <talk >kept", f"kept* <{row} !done"]


def test_two_contracts_of_one_customer_are_no_chain() -> None:
    rows = [f"202406-001/date.contract/contract-240110-abcd/{year}-06-10" for year in (2023, 2024)]
    docs = [done(f"talk-{n}", row[-10:], answers=row) for n, row in enumerate(rows)]
    contract = {"id": "contract-240110-abcd", "kind": "contract", "end_date": "2024-07-10"}
    assert len(walk("talk-0", [*docs, contract])) == 2


def test_a_complaint_joins_all_that_was_done_about_it() -> None:
    case = {
        "id": "case",
        "kind": "feedback",
        "received_at": "2024-06-01T09:00",
        "content": "漏水",
        "status": "open",
    }
    docs = (
        case,
        done("call", "2024-06-01T10:00", answers="case"),
        done("visit", "2024-06-02", answers="case"),
    )
    assert chain("visit", *docs) == ["case >call >visit", "call <case !done", "visit* <case !done"]


def test_a_step_in_another_dossier_is_shown_and_not_walked_on_from() -> None:
    other = {**done("theirs", "2024-06-03", next="further"), "customer": "202406-002"}
    told = walk("a", [done("a", "2024-06-01", next="theirs")], {"theirs": other}.get)
    assert shown(told) == ["a* >theirs", "theirs <a !done"]
    assert told[1].to_json()["customer"] == "202406-002"


def test_half_of_a_confirmation_stands_before_the_plan_it_belongs_to() -> None:
    docs = (planned("plan", "2024-06-20", important=True), done("half", "2024-06-18", answers="plan"))
    assert chain("plan", *docs) == ["half <plan !done", "plan* >half !open"]


def test_it_stands_on_the_day_to_which_it_was_put_off() -> None:
    moved = planned("a", "2024-06-01", snoozed=[{"to": "2024-06-05"}, {"to": "2024-06-09"}], reason="讲测算")
    (step,) = walk("a", [moved])
    assert (step.on, step.text, step.to_json()["due"]) == ("2024-06-09", "讲测算", "2024-06-09")


@pytest.mark.parametrize("value", [7, True, {"id": "b"}, [], "", "  ", [None, 3]])
def test_what_is_no_id_is_no_link(value: Any) -> None:
    assert chain("a", done("a", "2024-06-01", next=value, answers=value)) == ["a* !done"]


def test_several_ids_written_by_hand_are_several_links() -> None:
    docs = (done("a", "2024-06-01", next=["b", "c"]), done("b", "2024-06-02"), done("c", "2024-06-03"))
    assert chain("a", *docs)[0] == "a* >b >c"


def test_a_thousand_steps_are_walked() -> None:
    docs = [done(f"f{n:04}", f"2024-06-01T10:{n % 60:02}", next=f"f{n + 1:04}") for n in range(1000)]
    told = walk("f0500", docs)
    assert [step.id for step in told] == [f"f{n:04}" for n in range(1001)]
    assert told[-1].end == "missing"


IDS = [f"f{n}" for n in range(7)]
LINKS = st.sampled_from([*IDS, "gone", "202406-001/promise.open/f2.1/2024-06-04"])
DOCS = st.fixed_dictionaries(
    {"status": st.sampled_from(["done", "planned", "cancelled"])},
    optional={
        "at": st.dates().map(str),
        "due": st.dates().map(str),
        "next": LINKS,
        "answers": LINKS,
    },
)


@given(st.dictionaries(st.sampled_from(IDS), DOCS, min_size=1), st.data())
def test_every_step_once_with_both_ends_of_every_link(found: dict[str, Doc], data: st.DataObject) -> None:
    docs = [{"id": ident, "kind": "followup", **doc} for ident, doc in found.items()]
    start = data.draw(st.sampled_from(sorted(found)))
    steps = walk(start, docs)
    ids = [step.id for step in steps]
    at = {ident: n for n, ident in enumerate(ids)}
    assert len(at) == len(ids)
    assert [step.id for step in steps if step.here] == [start]
    links = {(a.id, b) for a in steps for b in a.led_to}
    assert links == {(a, b.id) for b in steps for a in b.came_of}
    for ident, doc in found.items():  # whatever touches the chain belongs to it
        for name in ("next", "answers"):
            other = doc.get(name)
            if other and other != ident and (ident in at or other in at):
                assert ((ident, other) if name == "next" else (other, ident)) in links
    assert ids == [step.id for step in walk(start, docs[::-1])], "the order of the files does not matter"
    assert all(step.end for step in steps if not step.led_to)


@given(st.lists(st.dates(), min_size=2, max_size=8, unique=True))
def test_without_circles_what_came_of_another_stands_behind_it(days: list[Any]) -> None:
    """Also where the days are the wrong way round."""
    docs = [done(f"f{n}", str(day), answers=f"f{n - 1}" if n else "") for n, day in enumerate(days)]
    steps = walk("f0", docs)
    assert all(b.came_of == (a.id,) for a, b in pairwise(steps))
