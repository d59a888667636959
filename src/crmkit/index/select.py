"""A bound query -> a condition in SQL that says the same as `query.match.matches`.

`r` is the row asked about (a record, or an agenda row); values are read out of its `doc` by SQLite's JSON
functions, lists by `json_each`. Texts are compared through `norm`, which the connection registers.
"""

from __future__ import annotations

from typing import Any

from crmkit.query.nodes import Access, And, Bounds, Drafted, Every, Node, Not, Or, Overdue, Sum, Test, Words

_IDENTITY = {"id": "id", "kind": "kind", "path": "path", "customer": "customer"}
_EVERYTHING = "1"


class Condition:
    """The SQL of one query with its parameters; `sql` is a boolean expression over the table aliased `r`."""

    def __init__(self, node: Node, kind: str, schema: str = "") -> None:
        """`kind` is the kind of record asked about, "due" for agenda rows; `schema` ("main.") names whose tables."""
        self.schema = schema
        self.agenda = kind == "due"
        self.kind = kind
        self.params: list[Any] = []
        self._depth = 0
        self.sql = self._node(node)

    def _node(self, node: Node) -> str:
        if isinstance(node, And | Or):
            word = " AND " if isinstance(node, And) else " OR "
            return "(" + word.join(self._node(item) for item in node.items) + ")"
        if isinstance(node, Not):
            return f"NOT {self._node(node.item)}"
        if isinstance(node, Test):
            return self._test(node)
        if isinstance(node, Words):
            return self._words(node)
        if isinstance(node, Every):
            return _EVERYTHING
        if isinstance(node, Drafted):
            return "(r.draft = 1)"
        if isinstance(node, Overdue):
            return self._overdue(node)
        if isinstance(node, Sum):
            return self._sum(node)
        raise TypeError(f"not a bound query: {node!r}")

    def _param(self, value: Any) -> str:
        self.params.append(value)
        return "?"

    def _alias(self) -> str:
        self._depth += 1
        return f"t{self._depth}"

    def _words(self, node: Words) -> str:
        parts = []
        if self.agenda:
            anywhere = f"t.type = 'text' AND instr(norm(t.atom), {self._param(node.text)})"
            parts.append(f"EXISTS(SELECT 1 FROM json_tree(r.doc) t WHERE {anywhere})")
        else:
            found = f"s.rowid = r.rowid AND instr(s.text, {self._param(node.text)})"
            parts.append(f"EXISTS(SELECT 1 FROM {self.schema}search s WHERE {found})")
        if node.customer:
            parts.append(
                f"EXISTS(SELECT 1 FROM {self.schema}name n WHERE n.folder = r.folder AND n.kind = 'customer' "
                f"AND instr(n.names, {self._param(node.text)}))"
            )
        return "(" + " OR ".join(parts) + ")"

    def _overdue(self, node: Overdue) -> str:
        moment, day = self._param(node.moment), self._param(node.day)
        when = (
            f"(a.due < CASE WHEN length(a.due) > 10 THEN {moment} ELSE {day} END "
            f"AND (a.until IS NULL OR a.until >= {self._param(node.day)}))"
        )
        if self.agenda:
            return f"(EXISTS(SELECT 1 FROM {self.schema}agenda a WHERE a.rowid = r.rowid AND {when}))"
        mine = "" if self.kind == "customer" else " AND a.source = r.id"
        return f"(EXISTS(SELECT 1 FROM {self.schema}agenda a WHERE a.folder = r.folder{mine} AND {when}))"

    def _sum(self, node: Sum) -> str:
        """Return the condition on what the dossier's orders in a span come to."""
        o = self._alias()
        kind, amount = f"json_type({o}.computed, '$.worth')", f"json_extract({o}.computed, '$.worth')"
        worth = f"CASE WHEN {kind} IN ('integer', 'real') THEN {amount} ELSE 0 END"
        value = "count(*)" if node.what == "count" else f"round(total({worth}), 2)"
        day, status = f"json_extract({o}.doc, '$.ordered_on')", f"json_extract({o}.doc, '$.status')"
        # the total is reckoned once; its parameters come before those of the bounds
        total = (
            f"(SELECT {value} AS value FROM record {o} WHERE {o}.folder = r.folder AND {o}.kind = 'order' "
            f"AND json_type({o}.doc, '$.ordered_on') = 'text' AND {day} > {self._param(node.since)} "
            f"AND {day} <= {self._param(node.upto)} AND ({status} IS NULL OR {status} <> 'cancelled'))"
        )
        return f"EXISTS(SELECT 1 FROM {total} s WHERE {self._within('s.value', node.args) or '0'})"

    def _test(self, test: Test) -> str:
        access = test.access
        column = "computed" if access.computed else "doc"
        if not access.source:
            return self._holds(test, "r", column)
        alias = self._alias()
        kind = self._param(access.source)
        inner = self._holds(test, alias, column)
        same = f"{alias}.folder = r.folder AND {alias}.kind = {kind}"
        return f"EXISTS(SELECT 1 FROM {self.schema}record {alias} WHERE {same} AND {inner})"

    def _holds(self, test: Test, alias: str, column: str) -> str:
        access = test.access
        if access.type == "identity":
            name = _IDENTITY[access.steps[0][0]]
            value = f"r.{name}" if alias == "r" else f"{alias}.{name}"
            if test.op == "has":
                return f"({value} <> '')"
            return self._value(test, value, "'text'")
        if self.agenda and alias == "r" and access.steps == (("due", False),):
            return "1" if test.op == "has" else self._value(test, "r.due", "'text'")
        doc = f"{alias}.{column}"
        if not access.steps:
            return _EVERYTHING if test.op == "has" else self._tree(test, doc, "$")
        return self._path(test, doc, access)

    def _path(self, test: Test, doc: str, access: Access) -> str:
        """Walk the steps: plain keys become one JSON path, every list one `json_each`."""
        tables: list[str] = []
        path = "$"
        for key, is_list in access.steps:
            path += f'."{key}"'
            if is_list:
                alias = self._alias()
                # an item of an array has a number for its key; a scalar or a mapping where a list should be has not
                tables.append(f"json_each({doc}, {_quote(path)}) {alias}")
                doc = f"CASE WHEN {alias}.type IN ('object', 'array') THEN {alias}.value ELSE 'null' END"
                path = "$"
        if not tables:
            return self._end(test, doc, path)
        aliases = [t.rsplit(" ", 1)[1] for t in tables]
        guard = " AND ".join(f"typeof({a}.key) = 'integer'" for a in aliases)
        last = aliases[-1]
        inner = self._item(test, last) if path == "$" else self._end(test, doc, path)
        return f"EXISTS(SELECT 1 FROM {', '.join(tables)} WHERE {guard} AND {inner})"

    def _item(self, test: Test, alias: str) -> str:
        """Return the condition on one item of a list."""
        if test.op == "has" or test.access.type in ("mapping", "any"):
            plain = f"{alias}.type IN ('object', 'array')"
            whole = f"CASE WHEN {plain} THEN {alias}.value ELSE json_array({alias}.value) END"
            return self._tree(test, whole, "$", booleans=f"{alias}.type")
        return self._value(test, f"{alias}.value", f"{alias}.type")

    def _end(self, test: Test, doc: str, path: str) -> str:
        if test.op == "has" or test.access.type in ("mapping", "any"):
            return self._tree(test, doc, path)
        where = f"({doc}, {_quote(path)})"
        return self._value(test, f"json_extract{where}", f"json_type{where}")

    def _tree(self, test: Test, doc: str, path: str, booleans: str = "") -> str:
        alias = self._alias()
        inner = "1"
        if test.op == "has":
            inner = f"{alias}.atom <> ''"
        elif test.op == "flag" and booleans:
            inner = self._value(test, f"{alias}.atom", booleans)
        else:
            inner = self._value(test, f"{alias}.atom", f"{alias}.type")
        tree = f"json_tree({doc}, {_quote(path)}) {alias}"
        return f"EXISTS(SELECT 1 FROM {tree} WHERE {alias}.atom IS NOT NULL AND {inner})"

    def _value(self, test: Test, value: str, kind: str) -> str:
        """Return the condition on one scalar, given the expressions of its value and its JSON type.

        Never NULL: a missing value is a plain no, so that NOT is its opposite.
        """
        if test.op == "number":
            return self._number(test, value, kind)
        if test.op == "flag":
            wanted = "true" if test.args[0] else "false"
            return f"(ifnull({kind}, '') = '{wanted}')"
        if test.op == "codes":
            holds = f"{value} IN ({', '.join(map(self._param, test.args))})"
        elif test.op == "when":
            holds = self._within(value, test.args)
        elif test.op == "equals":
            holds = f"norm({value}) IN ({', '.join(map(self._param, test.args))})"
        elif test.op == "prefix":
            holds = " OR ".join(
                f"substr(norm({value}), 1, {len(arg)}) = {self._param(arg)}" for arg in test.args
            )
        else:
            holds = " OR ".join(f"instr(norm({value}), {self._param(arg)})" for arg in test.args)
        return f"(ifnull({kind}, '') = 'text' AND ({holds}))"

    def _number(self, test: Test, value: str, kind: str) -> str:
        # `{amount, currency}` stands as JSON text here; a plain number as itself
        amount = f"CASE {kind} WHEN 'object' THEN json_extract({value}, '$.amount') ELSE {value} END"
        amount_kind = f"CASE {kind} WHEN 'object' THEN json_type({value}, '$.amount') ELSE {kind} END"
        return f"(ifnull({amount_kind}, '') IN ('integer', 'real') AND ({self._within(f'({amount})', test.args)}))"

    def _within(self, value: str, args: tuple[Bounds, ...]) -> str:
        return " OR ".join(f"({self._between(value, bounds)})" for bounds in args)

    def _between(self, value: str, bounds: Bounds) -> str:
        parts = []
        if bounds.low is not None:
            parts.append(f"{value} {'>' if bounds.low_open else '>='} {self._param(bounds.low)}")
        if bounds.high is not None:
            parts.append(f"{value} {'<' if bounds.high_open else '<='} {self._param(bounds.high)}")
        return " AND ".join(parts) or "1"


class Literal(Condition):
    """A condition without parameters, for the definition of a view, which may have none."""

    def _param(self, value: Any) -> str:
        return _quote(value) if isinstance(value, str) else repr(value)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
