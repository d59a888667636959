"""One term of a query with its values -> a Test: what `:` and `>=` mean for texts, codes, numbers, dates, owners."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import Message, UsageError, msg
from crmkit.i18n import N_
from crmkit.query.fields import BY_TODAY
from crmkit.query.nodes import Access, Bounds, Every, Node, Not, Sum, Term, Test, Value

if TYPE_CHECKING:
    from datetime import date

    from crmkit.query.check import Scope
    from crmkit.query.fields import Found
    from crmkit.records.catalog import FieldSpec

_YES = frozenset({"true", "yes", "y", "1", "on", "是", "对", "有"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "不", "无"})
_SHOWN = 12
_PEOPLE = 5
"""People that an error names."""


class Terms:
    """Makes tests of terms; every error points at the place in the query."""

    def __init__(self, scope: Scope, text: str) -> None:
        self.scope = scope
        self.text = text

    def error(self, pos: int, message: Message, hint: Message | None = None) -> UsageError:
        """Return the error for what stands at `pos`, with a caret where nothing better can be said."""
        if hint is None and self.text:
            from crmkit.query.caret import caret

            hint = msg(
                N_("in the query, at character {at}:\n{shown}"), at=pos + 1, shown=caret(self.text, pos)
            )
        return UsageError(message, hint=hint or "")

    def test(self, found: Found, term: Term) -> Node:
        """Return the test that `term` asks of the field found for it."""
        kind = found.access.type
        if found.access.computed and found.access.steps[0][0] in BY_TODAY:
            return self._by_today(found, term)
        if found.spec and "owner" in found.spec.marks and kind in ("text", "reference"):
            return self._owner(found, term)
        if found.spec and (kind == "vocabulary" or found.spec.name == "tier"):
            return self._codes(found, term, found.spec)
        if kind in ("date", "when"):
            return self._when(found, term)
        if kind in ("integer", "number", "money"):
            return self._number(found, term)
        if kind == "boolean":
            return self._flag(found, term)
        if kind == "any" and (term.op not in (":", "=") or any(v.upto is not None for v in term.values)):
            return self._number(found, term)
        return self._text(found, term)

    def _no_order(self, term: Term) -> None:
        if term.op not in (":", "="):
            raise self.error(
                term.pos,
                msg(N_("{name!r} cannot be compared with {op!r}"), name=term.field, op=term.op),
                msg(N_("use {name}:value or {name}=value"), name=term.field),
            )

    def _text(self, found: Found, term: Term) -> Test:
        from crmkit.values.names import norm

        self._no_order(term)
        texts = tuple(norm(f"{v.text}..{v.upto}" if v.upto is not None else v.text) for v in term.values)
        if found.spec and found.spec.vocabulary:  # a text for which a vocabulary has the usual ones
            known = self.vocabulary(found.spec)
            texts += tuple(code for v in term.values if (code := known.get(v.text.casefold())))
        return Test(found.access, "contains" if term.op == ":" else "equals", texts)

    def _flag(self, found: Found, term: Term) -> Test:
        self._no_order(term)
        word = term.values[0].text.lower()
        if len(term.values) > 1 or word not in _YES | _NO:
            raise self.error(
                term.values[0].pos,
                msg(N_("{name!r} is yes or no, not {value!r}"), name=term.field, value=term.values[0].text),
            )
        return Test(found.access, "flag", (word in _YES,))

    def vocabulary(self, spec: FieldSpec) -> dict[str, str]:
        """Return every spelling of every value of the field's vocabulary (code, labels) -> code."""
        settings = self.scope.settings
        if spec.name == "tier" and settings.tiers:
            return {
                text.casefold(): tier.code
                for tier in settings.tiers
                for text in (tier.name, tier.code)
                if text
            }
        return dict(settings.codes.get(spec.vocabulary, {}))

    def code(self, spec: FieldSpec, text: str) -> str | None:
        """Return the code that `text` means in the field's vocabulary."""
        return self.vocabulary(spec).get(text.casefold())

    def _codes(self, found: Found, term: Term, spec: FieldSpec) -> Node:
        known = self.vocabulary(spec)
        if not known:
            return self._text(found, term)
        self._no_order(term)
        codes: list[str] = []
        for value in term.values:
            code = known.get(value.text.casefold())
            if code is None:
                raise self._unknown_value(term, value, known)
            codes.append(code)
        return Test(found.access, "codes", tuple(codes))

    def _unknown_value(self, term: Term, value: Value, known: dict[str, str]) -> UsageError:
        from crmkit.values.suggest import nearest

        near = nearest(value.text.casefold(), list(known))
        codes = list(dict.fromkeys(known.values()))
        listed = ", ".join(codes[:_SHOWN]) + (", ..." if len(codes) > _SHOWN else "")
        return self.error(
            value.pos,
            msg(N_("{name} has no value {value!r}"), name=term.field, value=value.text),
            msg(N_("did you mean {near!r}? it knows {listed}"), near=near, listed=listed)
            if near
            else msg(N_("it knows {listed}"), listed=listed),
        )

    def _number(self, found: Found, term: Term) -> Test:
        return Test(
            found.access, "number", tuple(self._range(term, v, self._one_number) for v in term.values)
        )

    def _by_today(self, found: Found, term: Term) -> Node:
        """Return the test of a computed value that depends on today: the last 12 months, full years."""
        from crmkit.query.dates import add_months

        name = found.access.steps[0][0]
        today = self.scope.today
        if term.op in ("has", "no"):
            bounds: tuple[Bounds, ...] = (Bounds(low=0, low_open=True),)
        else:
            bounds = tuple(self._range(term, v, self._one_number) for v in term.values)
        if name == "years":
            access = Access(found.access.source, (("since", False),), "date", computed=True)
            if term.op in ("has", "no"):
                return Test(access, "has")
            spans = tuple(span for b in bounds if (span := _in_years(b, today)))
            return Test(access, "when", spans, relative=True) if spans else Not(Every())
        what: Literal["worth", "count"] = "worth" if name == "spent_12m" else "count"
        return Sum(what, add_months(today, -12).isoformat(), today.isoformat(), bounds)

    def _one_number(self, term: Term, text: str, pos: int) -> tuple[Any, Any]:
        from crmkit.values import BadValue
        from crmkit.values.money import parse_amount

        try:
            amount = parse_amount(text)
        except BadValue as e:
            raise self.error(
                pos,
                msg(N_("{name} wants a number, not {value!r}"), name=term.field, value=text),
                msg(N_("for example 500000, 50万, 50万..80万")),
            ) from e
        plain = int(amount) if amount == int(amount) else float(amount)
        return plain, plain

    def _when(self, found: Found, term: Term) -> Test:
        relative: list[bool] = []

        def one(term: Term, text: str, pos: int) -> tuple[Any, Any]:
            from crmkit.query.dates import span

            found_span = span(text, self.scope.today, self.scope.now)
            if found_span is None:
                raise self.error(
                    pos,
                    msg(N_("{name} wants a date, not {value!r}"), name=term.field, value=text),
                    msg(N_("for example 2024-06-05, 2024-06, 2024-06..2024-09, today, 2w, -6m")),
                )
            relative.append(found_span.relative)
            return found_span.low, found_span.high

        bounds = tuple(self._range(term, v, one) for v in term.values)
        return Test(found.access, "when", bounds, any(relative))

    def _range(self, term: Term, value: Value, one: Any) -> Bounds:
        if value.upto is None:
            low, high = one(term, value.text, value.pos)
            return {
                ">": Bounds(low=high, low_open=True),
                ">=": Bounds(low=low),
                "<": Bounds(high=low, high_open=True),
                "<=": Bounds(high=high),
            }.get(term.op) or Bounds(low, high)
        self._no_order(term)
        low = one(term, value.text, value.pos)[0] if value.text else None
        high = one(term, value.upto, value.pos)[1] if value.upto else None
        return Bounds(low, high)

    def _owner(self, found: Found, term: Term) -> Node:
        from crmkit.values.names import norm

        self._no_order(term)
        names: list[str] = []
        for value in term.values:
            if value.text == "me":
                if not self.scope.me:
                    return Every()
                names += map(norm, self.scope.me)
            else:
                names += self._people(value)
        return Test(found.access, "equals", tuple(dict.fromkeys(names)))

    def _people(self, value: Value) -> list[str]:
        """Return the spellings of the one person that `value` names, or of all that it is part of."""
        from crmkit.values.names import norm

        wanted = norm(value.text)
        people = [{norm(t) for t in (m.name, m.email) if t} for m in self.scope.settings.team]
        owners = self.scope.owners
        if owners is None and not people:
            return [wanted]
        people += [{norm(name)} for name in (owners() if owners else ()) if name]
        exact = [name for person in people if wanted in person for name in person]
        if exact:
            return exact
        part = [name for person in people if any(wanted in name for name in person) for name in person]
        if part or not people:
            return part or [wanted]
        from crmkit.values.suggest import nearest

        team = self.scope.settings.team
        written = {norm(t): m.name or m.email for m in team for t in (m.name, m.email) if t}
        for name in owners() if owners else ():
            written.setdefault(norm(name), name)
        near = nearest(wanted, written)
        several = list(dict.fromkeys(written.values()))
        listed = ", ".join(several[:_PEOPLE]) + (", ..." if len(several) > _PEOPLE else "")
        raise self.error(
            value.pos,
            msg(N_("nobody called {value!r} owns anything here"), value=value.text),
            msg(N_("did you mean {near!r}? it knows {listed}"), near=written[near], listed=listed)
            if near
            else msg(N_("it knows {listed}"), listed=listed),
        )

    def region(self, found: Found, term: Term) -> Test:
        """Return the test for `region:`: the provinces of a group (华东, east), or one province."""
        from crmkit.query.regions import names, provinces
        from crmkit.values.suggest import nearest

        self._no_order(term)
        wanted: list[str] = []
        for value in term.values:
            here = provinces(value.text)
            if not here:
                near = nearest(value.text, names())
                raise self.error(
                    value.pos,
                    msg(N_("{name} has no value {value!r}"), name=term.field, value=value.text),
                    msg(N_("did you mean {near!r}?"), near=near)
                    if near
                    else msg(N_("a region is a group such as 华东 or east, or a province")),
                )
            wanted += here
        return Test(found.access, "prefix", tuple(dict.fromkeys(wanted)))


def _in_years(bounds: Bounds, today: date) -> Bounds | None:
    """Return between which first days so many full years have passed by `today`; None where none can have.

    Three years have passed since a day when it lies three calendar years back, or more.
    """
    from crmkit.query.dates import add_months

    low = high = None
    if bounds.low is not None:
        low = floor(bounds.low) + 1 if bounds.low_open else ceil(bounds.low)
    if bounds.high is not None:
        high = ceil(bounds.high) - 1 if bounds.high_open else floor(bounds.high)
    if high is not None and high < max(low or 0, 0):
        return None
    try:
        latest = add_months(today, -12 * max(low or 0, 0)).isoformat()
    except (ValueError, OverflowError):
        return None
    try:
        earliest = None if high is None else add_months(today, -12 * (high + 1)).isoformat()
    except (ValueError, OverflowError):
        earliest = None
    return Bounds(earliest, latest, low_open=True)
