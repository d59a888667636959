"""One method a section of crm.yaml: text as it stands there -> the values of `Settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from crmkit.errors import Message, msg
from crmkit.i18n import LANGUAGES, N_
from crmkit.settings._values import Steps, Values
from crmkit.settings.model import Chore, CustomField, Member, Review, RuleSpec, Settings, Term, Tier, View
from crmkit.values.suggest import nearest
from crmkit.yaml.read import Document

T = TypeVar("T")

FIELD_TYPES = (
    "text",
    "date",
    "when",
    "integer",
    "number",
    "money",
    "boolean",
    "vocabulary",
)
"""What a custom field can be; the catalogue's other types need a class."""

MARKS = ("title", "search", "secret", "personal", "contact", "due", "owner")
_KEYS = frozenset(f.name for f in fields(Settings)) - {"digest", "lines"}
_PLAIN = ("templates", "notify", "profile", "survey")


class Reader(Values):
    """Reads one settings file over `base` (the defaults' values), collecting problems instead of stopping."""

    def __init__(self, document: Document, path: str, source: str, base: Mapping[str, Any]) -> None:
        super().__init__(document, path)
        self.source = source
        self.base = base
        self.lines: dict[str, int] = {}

    def settings(self) -> dict[str, Any]:
        """Return the keyword arguments of `Settings`."""
        out = dict(self.base)
        for key, value in self.document.data.items():
            if key not in _KEYS:
                self.unknown((key,), key, _KEYS)
            elif value is not None:
                self.lines[key] = self.document.line((key,))
                section: Callable[[Any], Any] = getattr(self, f"_{key}", self._text_section(key))
                read = section(value)
                if read is not None:
                    out[key] = read
        self._tier_words(out)
        self._check_roles(out)
        return {**out, "lines": self.lines}

    def _text_section(self, key: str) -> Callable[[Any], Any]:
        if key in _PLAIN:
            return lambda value: {**self.base.get(key, {}), **self.plain(self.mapping(value, (key,)))}
        return lambda value: self.text(value, (key,))

    # sections, in the order of `Settings`

    def _language(self, value: Any) -> str | None:
        return self.choice(value, ("language",), LANGUAGES) or None

    def _time_zone(self, value: Any) -> str | None:
        from zoneinfo import ZoneInfo, available_timezones

        text = self.text(value, ("time_zone",))
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            near = nearest(text, sorted(available_timezones()))
            self.problem(
                ("time_zone",),
                "time_zone",
                msg(N_("no time zone is called {value!r}"), value=text),
                msg(N_("did you mean {near}?"), near=near)
                if near
                else msg(N_("for example Asia/Shanghai, Europe/Berlin, UTC")),
            )
            return None
        return text

    def _currency(self, value: Any) -> str | None:
        text = self.text(value, ("currency",)).upper()
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text
        message = msg(N_("{value!r} is not a currency"), value=text)
        self.problem(("currency",), "currency", message, msg(N_("for example CNY, USD, EUR")))
        return None

    def _attachments(self, value: Any) -> str | None:
        from crmkit.values import BadValue, size

        text = self.text(value, ("attachments",))
        try:
            size.parse(text)
        except BadValue as e:
            hint = e.hint if isinstance(e.hint, Message) else Message(str(e.hint))
            self.problem(("attachments",), "attachments", e.message, hint)
            return None
        return text

    def _review(self, value: Any) -> Review:
        base: Review = self.base.get("review", Review())
        if isinstance(value, str):
            return replace(base, required=self.flag(value, ("review",), otherwise=base.required))
        value = self.mapping(value, ("review",), ("required", "by", "within"))
        return Review(
            self.flag(value.get("required"), ("review", "required"), otherwise=base.required),
            self.text(value.get("by"), ("review", "by")) or base.by,
            self.duration(value.get("within"), ("review", "within")) or base.within,
        )

    def _team(self, value: Any) -> tuple[Member, ...]:
        out = []
        for i, entry in enumerate(self.list(value, ("team",))):
            steps: Steps = ("team", i)
            if isinstance(entry, str):
                out.append(Member(entry))
                continue
            person = self.mapping(entry, steps, ("name", "email", "roles", "age"))
            email = self.text(person.get("email"), (*steps, "email"))
            name = self.text(person.get("name"), (*steps, "name")) or email
            if not name:
                self.problem(
                    steps, "no_name", msg(N_("a team member needs a name")), msg(N_("write name: ..."))
                )
                continue
            roles = self.texts(person.get("roles"), (*steps, "roles"))
            from crmkit.settings._privacy import public_key

            out.append(Member(name, email, roles, public_key(self, person.get("age"), (*steps, "age"))))
        self._twice("team", [m.name for m in out])
        return tuple(out)

    def _twice(self, section: str, names: Sequence[str]) -> None:
        for i, name in enumerate(names):
            if name in names[:i]:
                message = msg(N_("{name!r} stands here twice"), name=name)
                self.problem((section, i), "twice", message, msg(N_("remove one of them")))

    def _roles(self, value: Any) -> dict[str, Any]:
        out = dict(self.base.get("roles", {}))
        known = ("label", "label_zh", "see", "edit", "add", "propose", "approve", "settings")
        for name, rights in self.mapping(value, ("roles",)).items():
            self.lines[f"roles.{name}"] = self.document.line(("roles", name))
            given = self.plain(self.mapping(rights, ("roles", name), known))
            out[name] = {**out.get(name, {}), **given}
        return out

    def _check_roles(self, values: Mapping[str, Any]) -> None:
        known = sorted(values.get("roles", {}))
        for i, member in enumerate(values.get("team", ())):
            for j, role in enumerate(member.roles):
                self.choice(role, ("team", i, "roles", j), known)
        if "review" in self.lines:
            self.choice(values["review"].by, ("review", "by"), known)
        if "chores" in self.lines:
            from crmkit.settings import _duties

            _duties.check_roles(self, values["chores"], values.get("roles", {}), values.get("team", ()))

    def _vocabularies(self, value: Any) -> dict[str, dict[str, Term]]:
        out = {name: dict(terms) for name, terms in self.base.get("vocabularies", {}).items()}
        for name, terms in self.mapping(value, ("vocabularies",)).items():
            steps: Steps = ("vocabularies", name)
            self.lines[".".join(map(str, steps))] = self.document.line(steps)
            into = out.setdefault(name, {})
            for code, term in self._terms(terms, steps):
                old = into.get(code)
                into[code] = (
                    replace(
                        term,
                        en=term.en or old.en,
                        zh=term.zh or old.zh,
                        also=(*term.also, *old.spellings[1:]),
                    )
                    if old
                    else term
                )
        return out

    def _terms(self, value: Any, steps: Steps) -> Iterator[tuple[str, Term]]:
        if isinstance(value, list):  # [code, code]: codes that are their own labels
            for code in self.texts(value, steps):
                yield code, Term(code)
            return
        for code, given in self.mapping(value, steps).items():
            if isinstance(given, dict):
                known = {k: self.text(given.get(k), (*steps, code, k)) for k in ("en", "zh")}
                also = self.texts(given.get("also"), (*steps, code, "also"))
                attrs = {k: self.plain(v) for k, v in given.items() if k not in ("en", "zh", "also")}
                yield code, Term(code, known["en"], known["zh"], also, attrs)
                continue
            words = self.texts(given, (*steps, code)) if given is not None else ()
            if len(words) == 1:  # one label: in whichever language it is written
                yield code, Term(code, *((words[0], "") if words[0].isascii() else ("", words[0])))
            else:
                en, zh, *also_words = (*words, "", "")[: max(2, len(words))]
                yield code, Term(code, en, zh, tuple(also_words))

    def _tier_words(self, out: dict[str, Any]) -> None:
        words = {
            t.code: Term(t.code, zh=t.name, attrs={"high_value": t.high_value}) for t in out.get("tiers", ())
        }
        if words:
            out["vocabularies"] = {**out.get("vocabularies", {}), "tier": words}

    def _required(self, value: Any) -> dict[str, tuple[str, ...]]:
        out = dict(self.base.get("required", {}))
        for kind, names in self.mapping(value, ("required",)).items():
            self.lines[f"required.{kind}"] = self.document.line(("required", kind))
            out[kind] = self.texts(names, ("required", kind))
        return out

    def _fields(self, value: Any) -> dict[str, tuple[CustomField, ...]]:
        out = {}
        for kind, given in self.mapping(value, ("fields",)).items():
            self.lines[f"fields.{kind}"] = self.document.line(("fields", kind))
            entries = self.mapping(given, ("fields", kind))
            made = (self._custom(name, entry, ("fields", kind, name)) for name, entry in entries.items())
            out[kind] = tuple(made)
        return out

    def _custom(self, name: str, value: Any, steps: Steps) -> CustomField:
        line = self.document.line(steps)
        if value is None or isinstance(value, str):
            value = {"type": value or "text"}
        given = self.mapping(
            value, steps, ("type", "label", "label_en", "label_zh", "vocabulary", "many", "marks")
        )
        label = given.get("label")
        labels = (
            {"en": "", "zh": "", **{k: self.text(v, (*steps, "label")) for k, v in label.items()}}
            if isinstance(label, dict)
            else dict.fromkeys(("en", "zh"), self.text(label, (*steps, "label")))
        )
        vocabulary = self.text(given.get("vocabulary"), (*steps, "vocabulary"))
        kind = self.choice(
            given.get("type") or ("vocabulary" if vocabulary else "text"), (*steps, "type"), FIELD_TYPES
        )
        if kind == "vocabulary" and not vocabulary:
            hint = msg(N_("add vocabulary: NAME, and the values under vocabularies"))
            self.problem(
                steps, "vocabulary", msg(N_("which vocabulary has the values of {name!r}?"), name=name), hint
            )
        marks = self.texts(given.get("marks"), (*steps, "marks"))
        return CustomField(
            name,
            kind or "text",
            self.text(given.get("label_en"), steps) or labels["en"],
            self.text(given.get("label_zh"), steps) or labels["zh"],
            vocabulary,
            self.flag(given.get("many"), (*steps, "many"), otherwise=False),
            tuple(m for i, m in enumerate(marks) if self.choice(m, (*steps, "marks", i), MARKS)),
            line,
        )

    def _tiers(self, value: Any) -> tuple[Tier, ...]:
        out = []
        for i, entry in enumerate(self.list(value, ("tiers",))):
            steps: Steps = ("tiers", i)
            given = self.mapping(entry, steps, ("code", "name", "high_value", "when", "policy"))
            text = {k: self.text(given.get(k), (*steps, k)) for k in ("code", "name", "when", "policy")}
            if not text["code"]:
                self.problem(steps, "no_code", msg(N_("a tier needs a code")), msg(N_("write code: A")))
                continue
            high = self.flag(given.get("high_value"), (*steps, "high_value"), otherwise=False)
            line = self.document.line((*steps, "when"))
            out.append(Tier(text["code"], text["name"], high, text["when"], text["policy"], line))
        self._twice("tiers", [t.code for t in out])
        return tuple(out)

    def _rules(self, value: Any) -> dict[str, RuleSpec]:
        from crmkit.settings import _duties

        return _duties.rules(self, self.base.get("rules", {}), value, self.source)

    def _sla(self, value: Any) -> dict[str, str]:
        known = tuple(self.base.get("sla", ())) or ("respond", "resolve", "revisit")
        given = self.mapping(value, ("sla",), known)
        for key in given:
            self.lines[f"sla.{key}"] = self.document.line(("sla", key))
        return {**self.base.get("sla", {}), **{k: self.duration(v, ("sla", k)) for k, v in given.items()}}

    def _chores(self, value: Any) -> tuple[Chore, ...]:
        from crmkit.settings import _duties

        return _duties.chores(self, self.base.get("chores", ()), value, self.source)

    def _holidays(self, value: Any) -> dict[str, Any]:
        from crmkit.settings import _calendar

        return _calendar.holidays(self, self.base.get("holidays", {}), value, self.source)

    def _health(self, value: Any) -> dict[str, Any]:
        from crmkit.settings import _health

        return _health.health(self, self.base.get("health", {}), value)

    def _privacy(self, value: Any) -> dict[str, Any]:
        from crmkit.settings import _privacy

        return _privacy.privacy(self, self.base.get("privacy", {}), value)

    def _views(self, value: Any) -> dict[str, View]:
        out = dict(self.base.get("views", {}))
        for name, entry in self.mapping(value, ("views",)).items():
            steps: Steps = ("views", name)
            line = self.document.line(steps)
            if isinstance(entry, str):
                out[name] = View(query=entry, line=line)
                continue
            given = self.mapping(entry, steps, ("kind", "query", "columns", "sort"))
            text = {k: self.text(given.get(k), (*steps, k)) for k in ("kind", "query", "sort")}
            columns = self.texts(given.get("columns"), (*steps, "columns"))
            out[name] = View(text["kind"] or "customer", text["query"], columns, text["sort"], line)
        return out
