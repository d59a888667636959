"""What a query is made of: as it was written (`Term`), and bound to a kind of record (`Test`).

All of it is inert data. `match.py` and `index/select.py` give it its one meaning, and a property test holds
them together.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from crmkit.frozen import dataclass

Op = Literal[":", "=", ">", ">=", "<", "<=", "has", "no", "is"]

TestOp = Literal["contains", "equals", "codes", "number", "when", "flag", "has", "prefix"]
"""How a bound test looks at a value.

contains, equals, prefix: normalised texts, any of `args`; codes: exact texts, any of `args`; number and when:
`args` are Bounds, any of them; flag: `args[0]` is the truth wanted; has: any value at all, no args.
"""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a term. `upto` is the second half of `a..b`, None where it is no range."""

    text: str
    pos: int
    upto: str | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """`field op values` as written; values separated by commas."""

    field: str
    op: Op
    values: tuple[Value, ...]
    pos: int


@dataclass(frozen=True, slots=True)
class Words:
    """A bare word or quoted phrase; bound: `text` is normalised and `names` are the fields read in pinyin too.

    `customer` says whether the customer's own names count as well (for records beside a customer).
    """

    text: str
    pos: int = 0
    names: tuple[str, ...] = ()
    customer: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """The empty query: every record."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the items."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the items."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not the item."""

    item: Node


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between two ends, None where open. Numbers, or texts of dates and times that compare as they stand."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """Where a test finds its values.

    `source`: "" the record itself, "customer" the customer of its dossier, else the kind of records in the same
    dossier (any of them). `steps` are `(key, is_list)` from the top; `computed` takes the computed values of
    the record (phase ...) in place of its fields. `type` is a FieldType, or "identity" for id, kind, path, customer.
    """

    source: str
    steps: tuple[tuple[str, bool], ...]
    type: str
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """One condition, bound. `relative` says that it depends on today."""

    access: Access
    op: TestOp
    args: tuple[Any, ...] = ()
    relative: bool = False

    __test__ = False  # not a class for pytest to collect


@dataclass(frozen=True, slots=True)
class Sum:
    """What the dossier's orders from the day after `since` up to and with `upto` come to.

    `what` is "worth" (their amounts in the book's currency) or "count"; cancelled ones are left out. Without orders
    it is 0. `args` are Bounds, any of them.
    """

    what: Literal["worth", "count"]
    since: str
    upto: str
    args: tuple[Bounds, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something of the record fell due before `day`, or at a time before `moment`."""

    day: str
    moment: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """The dossier waits for review."""


Node: TypeAlias = Every | And | Or | Not | Words | Term | Test | Sum | Overdue | Drafted


def day_dependent(node: Node) -> bool:
    """Whether the answer of a bound query may change overnight; rules and roles may not use such a one."""
    if isinstance(node, And | Or):
        return any(day_dependent(item) for item in node.items)
    if isinstance(node, Not):
        return day_dependent(node.item)
    return isinstance(node, Overdue | Sum) or (isinstance(node, Test) and node.relative)
