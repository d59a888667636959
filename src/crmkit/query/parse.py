"""Text -> nodes. Knows no fields; `check.bind` does.

query := any ("or" any)*;  any := one ("and"? one)*;  one := ("not" | "-") one | "(" query ")" | term
term := field (":" | "=" | "!=" | ">" | ">=" | "<" | "<=") value ("," value)* | ("has:" | "no:" | "is:") name | word
value := text | "quoted" | a..b | a.. | ..b
"""

from __future__ import annotations

from crmkit.errors import UsageError, msg
from crmkit.i18n import N_
from crmkit.query.nodes import And, Every, Node, Not, Op, Or, Term, Value, Words

MAX_LENGTH = 4000
MAX_DEPTH = 50

_WIDE = str.maketrans(
    {
        "：": ":",
        "＝": "=",
        "＞": ">",
        "＜": "<",
        "≥": "≥",
        "≤": "≤",
        "（": "(",
        "）": ")",
        "，": ",",
        "　": " ",
    }
)
"""Full-width signs, as a Chinese keyboard gives them, count as the plain ones outside quotes."""

_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "「": "」"}
_OPS = (">=", "<=", "!=", "≥", "≤", ":", "=", ">", "<")
_OP_NAMES = {"≥": ">=", "≤": "<="}


def parse(text: str) -> Node:
    """Return what `text` asks for; UsageError with the place where it stops making sense."""
    if len(text) > MAX_LENGTH:
        raise UsageError(N_("the query is longer than {limit} characters"), limit=MAX_LENGTH)
    return _Parser(text).query()


def unreadable(text: str, pos: int, message: str, **args: object) -> UsageError:
    """Return the error for a query that goes wrong at `pos`, with a caret under the place."""
    from crmkit.query.caret import caret

    return UsageError(
        msg(message, **args),
        hint=msg(N_("in the query, at character {at}:\n{shown}"), at=pos + 1, shown=caret(text, pos)),
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = text.translate(_WIDE)
        self.pos = 0
        self.depth = 0

    def error(self, message: str, pos: int | None = None, **args: object) -> UsageError:
        return unreadable(self.text, self.pos if pos is None else pos, message, **args)

    def query(self) -> Node:
        self._blank()
        if self.pos >= len(self.plain):
            return Every()
        node = self._or()
        if self.pos < len(self.plain):
            raise self.error(N_("a closing parenthesis without an opening one"))
        return node

    def _blank(self) -> None:
        while self.pos < len(self.plain) and self.plain[self.pos].isspace():
            self.pos += 1

    def _word_ahead(self, word: str) -> bool:
        end = self.pos + len(word)
        if self.plain[self.pos : end].lower() != word:
            return False
        return end >= len(self.plain) or self.plain[end].isspace() or self.plain[end] in "()"

    def _take_word(self, word: str) -> bool:
        if not self._word_ahead(word):
            return False
        self.pos += len(word)
        self._blank()
        return True

    def _at_end(self) -> bool:
        return self.pos >= len(self.plain) or self.plain[self.pos] == ")"

    def _or(self) -> Node:
        items = [self._and()]
        while self._take_word("or"):
            items.append(self._and())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _and(self) -> Node:
        items = [self._one()]
        while True:
            self._blank()
            if self._at_end() or self._word_ahead("or"):
                break
            self._take_word("and")
            items.append(self._one())
        return items[0] if len(items) == 1 else And(tuple(items))

    def _one(self) -> Node:
        self._blank()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(N_("the query is nested too deeply"))
        try:
            return self._unguarded_one()
        finally:
            self.depth -= 1

    def _unguarded_one(self) -> Node:
        if self._at_end() or self._word_ahead("or") or self._word_ahead("and"):
            raise self.error(N_("a condition is missing here"))
        if self._take_word("not"):
            return Not(self._one())
        sign = self.plain[self.pos]
        if sign in "-!" and self.pos + 1 < len(self.plain) and not self.plain[self.pos + 1].isspace():
            self.pos += 1
            return Not(self._one())
        if sign == "(":
            start = self.pos
            self.pos += 1
            node = self._or()
            self._blank()
            if self.pos >= len(self.plain):
                raise self.error(N_("this parenthesis is never closed"), start)
            self.pos += 1
            return node
        return self._term()

    def _term(self) -> Node:
        start = self.pos
        if self.text[start] in _QUOTES:
            text = self._quoted()
            if not text.strip():
                raise self.error(N_("there is nothing between the quotes"), start)
            return Words(text, start)
        name = self._until(_OPS)
        op = self._operator()
        if not op:
            return Words(name, start)
        if not name:
            raise self.error(N_("a field name is missing before {op!r}"), start, op=op)
        if op == ":" and name.lower() in ("has", "no", "is"):
            at = self.pos
            what = (
                self._quoted()
                if self.pos < len(self.text) and self.text[self.pos] in _QUOTES
                else self._until((",",))
            )
            if not what:
                raise self.error(N_("a name is missing after {what!r}"), what=f"{name.lower()}:")
            kind: Op = "has" if name.lower() == "has" else "no" if name.lower() == "no" else "is"
            return Term(what, kind, (), at)
        values = self._values()
        if op == "!=":
            return Not(Term(name, "=", values, start))
        return Term(name, _op(op), values, start)

    def _operator(self) -> str:
        for op in _OPS:
            if self.plain.startswith(op, self.pos):
                self.pos += len(op)
                return _OP_NAMES.get(op, op)
        return ""

    def _until(self, stops: tuple[str, ...]) -> str:
        start = self.pos
        while self.pos < len(self.plain):
            sign = self.plain[self.pos]
            if sign.isspace() or sign in "()" or self.plain.startswith(stops, self.pos):
                break
            self.pos += 1
        return self.text[start : self.pos]

    def _quoted(self) -> str:
        start = self.pos
        closing = _QUOTES[self.text[start]]
        out: list[str] = []
        self.pos += 1
        while self.pos < len(self.text):
            sign = self.text[self.pos]
            if sign == "\\" and self.pos + 1 < len(self.text):
                out.append(self.text[self.pos + 1])
                self.pos += 2
                continue
            self.pos += 1
            if sign == closing:
                return "".join(out)
            out.append(sign)
        raise self.error(N_("this quote is never closed"), start)

    def _values(self) -> tuple[Value, ...]:
        values = [self._value()]
        while self.pos < len(self.plain) and self.plain[self.pos] == ",":
            self.pos += 1
            values.append(self._value())
        return tuple(values)

    def _piece(self) -> tuple[str, bool]:
        if self.pos < len(self.text) and self.text[self.pos] in _QUOTES:
            return self._quoted(), True
        return self._until((",", "..")), False

    def _value(self) -> Value:
        start = self.pos
        text, quoted = self._piece()
        upto = None
        if self.plain.startswith("..", self.pos):
            self.pos += 2
            upto, _ = self._piece()
        if not quoted and not text and not upto:
            raise self.error(N_("a value is missing here"), start)
        return Value(text, start, upto, quoted)


def _op(op: str) -> Op:
    for known in _KNOWN_OPS:
        if known == op:
            return known
    raise AssertionError(op)


_KNOWN_OPS: tuple[Op, ...] = (":", "=", ">", ">=", "<", "<=")
