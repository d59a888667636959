"""What crm.yaml says, as frozen plain data.

The index keeps the settings as JSON, so that a warm `crm due` reads no YAML; nothing here imports a parser.
Queries (`when`) and durations (`first`, `every`) stay the text that people wrote; the rules compile them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmkit.frozen import dataclass, field

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from crmkit.values.workdays import Workdays

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Term:
    """One value of a vocabulary: the code that files hold, its labels, and what else people call it."""

    code: str
    en: str = ""
    zh: str = ""
    also: tuple[str, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """Return the label in `language`, else the other one, else the code."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first or second or self.code

    @property
    def spellings(self) -> tuple[str, ...]:
        """Everything that means this value."""
        return tuple(dict.fromkeys(t for t in (self.code, self.en, self.zh, *self.also) if t))


@dataclass(frozen=True, slots=True)
class Review:
    """Whether new customers and contracts are reviewed, by which role, and within which time (R-000-18)."""

    required: bool = False
    by: str = "supervisor"
    within: str = "2 working days"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the team. `age` is the public key that secrets are encrypted to."""

    name: str
    email: str = ""
    roles: tuple[str, ...] = ()
    age: str = ""


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the book adds to a kind. `type` is one of the catalogue's field types."""

    name: str
    type: str = "text"
    label_en: str = ""
    label_zh: str = ""
    vocabulary: str = ""
    many: bool = False
    marks: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """A customer level (R-002-39): who belongs to it (`when`, a query) and what is promised to it."""

    code: str
    name: str = ""
    high_value: bool = False
    when: str = ""
    policy: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule of what falls due. `source` says whether `line` counts in crm.yaml or in the defaults.

    `of` is the date field that a book's own date rule counts from (`order.delivered_on`), `reason` what its rows
    say; `below` a percentage.
    """

    name: str
    on: bool = True
    when: str = ""
    first: str = ""
    every: str = ""
    lead: str = ""
    of: str = ""
    reason: str = ""
    below: str = ""
    line: int = 0
    source: str = "defaults"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Chore:
    """A duty of the team that comes round by itself: `rrule` (RFC 5545) says when, `role` whose it is.

    `each` asks every member with the role for his own tick; `since` is the first day it may fall on.
    """

    name: str
    rrule: str = ""
    role: str = ""
    label_en: str = ""
    label_zh: str = ""
    each: bool = False
    on: bool = True
    since: str = ""
    line: int = 0
    source: str = "defaults"


@dataclass(frozen=True, slots=True)
class View:
    """A saved list: `crm list KIND @name`."""

    kind: str = "customer"
    query: str = ""
    columns: tuple[str, ...] = ()
    sort: str = ""
    line: int = 0


@dataclass(frozen=True)
class Settings:
    """Everything that crm.yaml can say, defaults filled in.

    `digest` is the SHA-256 of crm.yaml ("" where there is none); `lines` says where in it a section or an
    entry stands (`required.customer`). Mappings that later parts of crmkit read by
    themselves (`sla`, `health`, `templates`, ...) are kept as plain JSON values.
    """

    name: str = ""
    language: str = "en"
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    country: str = "CN"
    attachments: str = "20 MB"
    review: Review = field(default_factory=Review)
    team: tuple[Member, ...] = ()
    roles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    vocabularies: Mapping[str, Mapping[str, Term]] = field(default_factory=dict)
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[CustomField, ...]] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    rules: Mapping[str, RuleSpec] = field(default_factory=dict)
    sla: Mapping[str, str] = field(default_factory=dict)
    holidays: Mapping[str, Any] = field(default_factory=dict)
    chores: tuple[Chore, ...] = ()
    health: Mapping[str, Any] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    templates: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] = field(default_factory=dict)
    privacy: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    survey: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The book's time zone."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.time_zone)

    @cached_property
    def workdays(self) -> Workdays:
        """The working days of the book: its country's, with its own days off and days of work."""
        from datetime import date

        from crmkit.values.workdays import Workdays

        said = self.holidays
        own = ([date.fromisoformat(day) for day in said.get(key, ())] for key in ("off", "work"))
        return Workdays((said.get("country") or self.country).strip().upper(), *own)

    @property
    def solo(self) -> bool:
        """Whether the book has no team: its owner may do everything."""
        return not self.team

    def member(self, actor: str) -> Member | None:
        """Return the team member who goes by an e-mail address or a name, None for strangers."""
        wanted = actor.strip().casefold()
        if not wanted:
            return None
        return next((m for m in self.team if wanted in (m.email.casefold(), m.name.casefold())), None)

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """For each vocabulary: every spelling of a value (code, labels, casefolded ones) -> its code.

        A code beats a label, and an earlier value a later one.
        """
        out: dict[str, Mapping[str, str]] = {}
        for name, terms in self.vocabularies.items():
            known = {text: t.code for t in reversed([*terms.values()]) for text in reversed(t.spellings)}
            known |= {code: code for code in terms}
            out[name] = {text.casefold(): code for text, code in known.items()} | known
        return out

    def label(self, vocabulary: str, code: str, language: str) -> str:
        """Return a value's label in `language`; a value that is in no vocabulary is its own label."""
        term = self.vocabularies.get(vocabulary, _EMPTY).get(code)
        return term.label(language) if term else code

    def tier(self, code: str | None) -> Tier | None:
        """Return the tier that goes by `code`."""
        return next((t for t in self.tiers if t.code == code), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        from dataclasses import asdict

        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Settings:
        """Read back what `to_json` wrote."""
        plain = dict(value)
        plain["review"] = Review(**value["review"])
        plain["team"] = tuple(Member(**{**m, "roles": tuple(m["roles"])}) for m in value["team"])
        plain["vocabularies"] = {
            name: {code: Term(**{**t, "also": tuple(t["also"])}) for code, t in terms.items()}
            for name, terms in value["vocabularies"].items()
        }
        plain["required"] = {kind: tuple(names) for kind, names in value["required"].items()}
        plain["fields"] = {
            kind: tuple(CustomField(**{**f, "marks": tuple(f["marks"])}) for f in fields)
            for kind, fields in value["fields"].items()
        }
        plain["tiers"] = tuple(Tier(**t) for t in value["tiers"])
        plain["rules"] = {name: RuleSpec(**r) for name, r in value["rules"].items()}
        plain["views"] = {
            name: View(**{**v, "columns": tuple(v["columns"])}) for name, v in value["views"].items()
        }
        plain["chores"] = tuple(Chore(**c) for c in value["chores"])
        return cls(**plain)
