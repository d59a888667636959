"""Which field a column's heading means: names, labels in both languages, and what people write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crmkit.exchange import headings
from crmkit.i18n import LANGUAGES, N_, in_language
from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.values.suggest import nearest

CUSTOMER, IDENT = "customer", "id"
"""Columns that are no fields: whose record it is, and its own id."""


FREE = "free"
"""Marks what stands below a mapping whose keys are free; a number there is one."""
WHY = N_("Why not imported")
"""The heading of the column of an error file that says why; it is passed over when the file is read."""
NAME = N_("Customer")
"""The heading of the customer's name beside its number, for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a column fills: a field, and which entry of the list on the way to it (`contacts.1.phone`).

    `part` is "first" or "last" where a name comes in two columns; a target without a field is CUSTOMER or IDENT.
    """

    name: str
    field: FieldSpec | None = None
    index: int = 0
    part: str = ""

    @property
    def typed(self) -> str:
        """The field as people type it: `contacts.0.phone`."""
        if self.field is None:
            return self.name
        *above, last = self.field.steps
        return ".".join([*(f"{key}.{self.index}" if many else key for key, many in above), last[0]])


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column of a file: its place, its heading, what it fills (None: nothing), else the nearest headings."""

    at: int
    header: str
    target: Target | None = None
    near: tuple[str, ...] = ()

    @property
    def stray(self) -> bool:
        """Whether the column says something that is not taken; our own remarks do not."""
        return self.target is None and bool(self.header) and fold(self.header) not in _ours()


@cache
def _ours() -> frozenset[str]:
    return frozenset(fold(in_language(language, text)) for text in (WHY, NAME) for language in LANGUAGES)


_NUMBERED = re.compile(r"(.*?)[\s_-]*([0-9]{1,2})(?:[\s_-]+(?:value|formatted))?$")
_INSIDE = re.compile(r"(联系人|contact|person|需求|need|产品|item)[\s_-]*([0-9]{1,2})[\s._-]*(.+)")
_BRACKETS = re.compile(r"[(\[【{<].*?[)\]】}>]")
_NOISE = re.compile(r"[*:：?？!！.。]+$|^[*\d.、]+(?=[^\d\W])")
_MOST_NEAR = 3


def fold(header: str) -> str:
    """Return a heading as headings are compared: half width, without case, marks and what stands in brackets."""
    text = " ".join(unicodedata.normalize("NFKC", header).casefold().split())
    bare = _BRACKETS.sub("", text).strip() or text
    return _NOISE.sub("", bare).strip().replace(" ", "_").replace("'", "")


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def recognised(spec: KindSpec, headers: Sequence[str]) -> list[Mapped]:
    """Return what each column of a table of `spec`'s records fills; no field is filled by two columns."""
    known = _known(spec)
    folded = [fold(h) for h in headers]
    of_contacts = "contacts.name" in spec.by_name and _has_contact(spec, folded)
    found: list[Mapped] = []
    taken: set[tuple[str, int, str]] = set()
    for at, (header, word) in enumerate(zip(headers, folded, strict=True)):
        target = next(
            (
                t
                for t in _candidates(spec, known, header, word, of_contacts=of_contacts)
                if (t.name, t.index, t.part) not in taken
            ),
            None,
        )
        if target:
            taken.add((target.name, target.index, target.part))
        found.append(
            Mapped(at, header, target, () if target or not word or word in _ours() else _near(word, known))
        )
    return found


def fitting(kinds: Mapping[str, KindSpec], headers: Sequence[str]) -> str:
    """Return the kind whose fields the headings name best; customers come first where others fit no better."""
    best, found = -1.0, "customer"
    for name, spec in kinds.items():
        mapped = recognised(spec, headers)
        hit = sum(m.target is not None for m in mapped)
        required = {f.name for f in spec.fields if f.required and "." not in f.name}
        got = {m.target.name for m in mapped if m.target}
        score = hit - 2 * len(required - got) - (2 if spec.place == "dossier" and CUSTOMER not in got else 0)
        if score > best + (0 if found == "customer" and name == "customer" else 0.5):
            best, found = score, name
    return found


def _known(spec: KindSpec) -> dict[str, list[str]]:
    """Return the names of fields by each heading that may mean them, the surest first."""
    known: dict[str, list[str]] = {}

    def add(word: str, name: str) -> None:
        names = known.setdefault(fold(word), [])
        if name not in names:
            names.append(name)

    in_dossier = spec.place == "dossier"
    for field in sorted(spec.fields, key=lambda f: f.path.count(".")):
        add(field.name, field.name)
        for language in LANGUAGES:
            add(in_language(language, field.label), field.name)
    for name, words in headings.PLAIN.get(spec.name, {}).items():
        for word in _words(words) if name in spec.by_name else ():
            add(word, name)
    if "contacts.name" in spec.by_name:
        for table in (headings.CONTACT, headings.OWN):
            for name, words in table.items():
                for word in _words(words):
                    add(word, name)
    for word in _words(headings.WHOSE) if in_dossier else ():
        add(word, CUSTOMER)
    for word in _words(headings.IDS):
        if not in_dossier or word not in _words(headings.WHOSE):
            add(word, IDENT)
    return known


def _has_contact(spec: KindSpec, folded: Sequence[str]) -> bool:
    """Whether a table of customers names a person beside the company."""
    names = {fold(w) for w in _words(headings.CONTACT["contacts.name"])} | {
        fold(in_language(language, spec.by_name["contacts.name"].label)) for language in LANGUAGES
    }
    parts = {
        fold(w) for n in ("contacts.first_name", "contacts.last_name") for w in _words(headings.CONTACT[n])
    }
    company = {fold(w) for w in _words(headings.PLAIN["customer"]["name"])} - {"name", "客户姓名"}
    bare = [m[1] if (m := _NUMBERED.fullmatch(w)) else w for w in folded]
    both = any(w in company for w in folded)
    return any(
        (w in names and (w not in {"name", "姓名"} or both)) or w in parts or w.startswith("contacts.")
        for w in [*folded, *bare]
    )


def _candidates(
    spec: KindSpec, known: Mapping[str, Sequence[str]], header: str, word: str, *, of_contacts: bool
) -> list[Target]:
    out: list[Target] = []
    typed = _as_typed(spec, header) or _free(spec, header)
    if typed:
        return [typed]
    for names, index in ((known.get(word, ()), 0), *_numbered(known, word)):
        ranked = list(names)
        if index or of_contacts:
            ranked.sort(key=lambda n: not n.startswith("contacts."))
        elif "contacts.name" in spec.by_name:
            ranked.sort(key=lambda n: n.startswith("contacts."))
        for name in ranked:
            target = _target(spec, name, index)
            if target and (not index or _is_entry(target)):
                out.append(target)
    return out


def _is_entry(target: Target) -> bool:
    return target.field is not None and any(many for _, many in target.field.steps[:-1])


def _numbered(known: Mapping[str, Sequence[str]], word: str) -> list[tuple[Sequence[str], int]]:
    """Return what `手机2`, `联系人2_电话`, `E-mail 1 - Value` may mean: fields, and the entry counted from 0."""
    found: list[tuple[Sequence[str], int]] = []
    inside = _INSIDE.fullmatch(word)
    if inside:
        head, number, rest = inside.groups()
        texts = [t for t in (rest, f"{head}{rest}", f"{head}_{rest}") if t in known]
        found += [(known[t], max(int(number) - 1, 0)) for t in texts]
    behind = _NUMBERED.fullmatch(word)
    if behind and behind[1] in known:
        found.append((known[behind[1]], max(int(behind[2]) - 1, 0)))
    return found


def _as_typed(spec: KindSpec, header: str) -> Target | None:
    """Return the target of a heading that is a dotted name with a number in it: `contacts.1.phone`."""
    words = header.strip().split(".")
    numbers = [int(w) for w in words if w.isdecimal()]
    if len(words) < 3 or len(numbers) != 1:
        return None
    field = spec.by_name.get(".".join(w for w in words if not w.isdecimal()))
    return Target(field.name, field, min(numbers[0], 99)) if field else None


def _free(spec: KindSpec, header: str) -> Target | None:
    """Return the target of a heading below a mapping whose keys are free: `sections.delivery`."""
    head, dot, key = header.strip().partition(".")
    free = spec.by_name.get(head) if dot and key else None
    if (
        free is None
        or free.type != "mapping"
        or free.is_list
        or any(n.startswith(f"{head}.") for n in spec.by_name)
    ):
        return None
    field = FieldSpec(f"{head}.{key}", "text", key, marks=frozenset({FREE}))
    return Target(field.name, field)


def _target(spec: KindSpec, name: str, index: int) -> Target | None:
    if name in {CUSTOMER, IDENT} and name not in spec.by_name:
        return Target(name)
    if name in {"contacts.first_name", "contacts.last_name"}:
        return Target("contacts.name", spec.by_name["contacts.name"], index, name[9:].partition("_")[0])
    field = spec.by_name.get(name)
    if field is None or (field.type == "mapping" and not field.marks & {"range", "address"}):
        return None
    return Target(name, field, index)


def _near(word: str, known: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    near: list[str] = []
    left = dict(known)
    while len(near) < _MOST_NEAR and (found := nearest(word, left)):
        near += [n for n in left.pop(found) if n not in near][:1]
    return tuple(near)


def asked(spec: KindSpec, text: str) -> Target:
    """Return the target that `--map FIELD=HEADER` names; UsageError with the nearest for what is no field."""
    from crmkit.records.place import place

    name = text.strip()
    if name in {CUSTOMER, IDENT} and name not in spec.by_name:
        return Target(name)
    words = name.split(".")
    numbers = [int(w) for w in words if w.isdecimal()]
    plain = ".".join(w for w in words if not w.isdecimal())
    split = {"contacts.first_name": "first", "contacts.last_name": "last"}.get(plain, "")
    if split:
        return Target(
            "contacts.name", spec.by_name["contacts.name"], min(numbers[0], 99) if numbers else 0, split
        )
    free = _free(spec, plain)
    if free:
        return free
    field, _ = place(spec, {}, plain)
    return Target(field.name, field, min(numbers[0], 99) if numbers else 0)
