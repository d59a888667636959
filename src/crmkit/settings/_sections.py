"""One method a section of crm.yaml: text as it stands there -> the values of `Settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from crmkit.errors import CrmError, Message, Problem, Severity, msg
from crmkit.i18n import LANGUAGES, N_
from crmkit.settings.model import CustomField, Member, Review, RuleSpec, Settings, Term, Tier, View
from crmkit.values import duration
from crmkit.values.suggest import nearest
from crmkit.yaml.read import Document

T = TypeVar("T")
Steps = tuple[str | int, ...]

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
_YES = {
    "true": True,
    "yes": True,
    "on": True,
    "是": True,
    "false": False,
    "no": False,
    "off": False,
    "否": False,
}
_KEYS = frozenset(f.name for f in fields(Settings)) - {"digest", "lines"}
_PLAIN = ("holidays", "templates", "notify", "privacy", "profile", "health")


class Reader:
    """Reads one settings file over `base` (the defaults' values), collecting problems instead of stopping."""

    def __init__(self, document: Document, path: str, source: str, base: Mapping[str, Any]) -> None:
        self.document = document
        self.path = path
        self.source = source
        self.base = base
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}

    def settings(self) -> dict[str, Any]:
        """Return the keyword arguments of `Settings`."""
        out = dict(self.base)
        for key, value in self.document.data.items():
            if key not in _KEYS:
                self._unknown((key,), key, _KEYS)
            elif value is not None:
                self.lines[key] = self.document.line((key,))
                section: Callable[[Any], Any] = getattr(self, f"_{key}", self._text_section(key))
                read = section(value)
                if read is not None:
                    out[key] = read
        self._tier_words(out)
        self._check_roles(out)
        return {**out, "lines": self.lines}

    # what every section uses

    def problem(
        self,
        steps: Steps,
        code: str,
        message: Message,
        hint: Message | None = None,
        severity: Severity = "error",
    ) -> None:
        """Note what is wrong at `steps`."""
        line = self.document.line(steps)
        where = ".".join(map(str, steps))
        self.problems.append(
            Problem(self.path, line, where, f"settings.{code}", severity, message, hint or Message(""))
        )

    def _unknown(self, steps: Steps, key: str, known: Sequence[str] | frozenset[str]) -> None:
        near = nearest(key, sorted(known))
        hint = (
            msg(N_("did you mean {near}?"), near=near)
            if near
            else msg(N_("known here: {known}"), known=", ".join(sorted(known)))
        )
        self.problem(steps, "unknown_key", msg(N_("unknown setting {key!r}"), key=key), hint, "warning")

    def _mapping(self, value: Any, steps: Steps, known: Sequence[str] = ()) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(
                steps, "type", msg(N_("a mapping is wanted here")), msg(N_("write key: value lines"))
            )
            return {}
        if known:
            for key in value:
                if key not in known:
                    self._unknown((*steps, key), key, known)
        return value

    def _list(self, value: Any, steps: Steps) -> list[Any]:
        if isinstance(value, list):
            return value
        if value is None:
            return []
        self.problem(steps, "type", msg(N_("a list is wanted here")), msg(N_("write [one, two]")))
        return []

    def _texts(self, value: Any, steps: Steps) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(t.strip() for t in value.split(",") if t.strip())
        return tuple(self._text(v, (*steps, i)) for i, v in enumerate(self._list(value, steps)))

    def _text(self, value: Any, steps: Steps) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(steps, "type", msg(N_("a text is wanted here")))
            return ""
        return value

    def _flag(self, value: Any, steps: Steps, *, otherwise: bool) -> bool:
        if value is None:
            return otherwise
        found = _YES.get(value.casefold()) if isinstance(value, str) else None
        if found is None:
            self.problem(steps, "flag", msg(N_("true or false is wanted here")))
            return otherwise
        return found

    def _duration(self, value: Any, steps: Steps) -> str:
        text = self._text(value, steps)
        if text:
            try:
                duration.parse(text)
            except CrmError as e:
                self.problem(steps, "duration", e.message, e.hint)
        return text

    def _choice(self, value: Any, steps: Steps, known: Sequence[str]) -> str:
        text = self._text(value, steps)
        if text not in known:
            near = nearest(text, known)
            self.problem(
                steps,
                "choice",
                msg(N_("{value!r} is not known here"), value=text),
                msg(N_("did you mean {near}?"), near=near)
                if near
                else msg(N_("known here: {known}"), known=", ".join(known)),
            )
            return ""
        return text

    def _text_section(self, key: str) -> Callable[[Any], Any]:
        if key in _PLAIN:
            return lambda value: {**self.base.get(key, {}), **self._plain(self._mapping(value, (key,)))}
        return lambda value: self._text(value, (key,))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: self._plain(v) for k, v in value.items()}
        return [self._plain(v) for v in value] if isinstance(value, list) else value

    # sections, in the order of `Settings`

    def _language(self, value: Any) -> str | None:
        return self._choice(value, ("language",), LANGUAGES) or None

    def _time_zone(self, value: Any) -> str | None:
        from zoneinfo import ZoneInfo, available_timezones

        text = self._text(value, ("time_zone",))
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
        text = self._text(value, ("currency",)).upper()
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text
        message = msg(N_("{value!r} is not a currency"), value=text)
        self.problem(("currency",), "currency", message, msg(N_("for example CNY, USD, EUR")))
        return None

    def _review(self, value: Any) -> Review:
        base: Review = self.base.get("review", Review())
        if isinstance(value, str):
            return replace(base, required=self._flag(value, ("review",), otherwise=base.required))
        value = self._mapping(value, ("review",), ("required", "by", "within"))
        return Review(
            self._flag(value.get("required"), ("review", "required"), otherwise=base.required),
            self._text(value.get("by"), ("review", "by")) or base.by,
            self._duration(value.get("within"), ("review", "within")) or base.within,
        )

    def _team(self, value: Any) -> tuple[Member, ...]:
        out = []
        for i, entry in enumerate(self._list(value, ("team",))):
            steps: Steps = ("team", i)
            if isinstance(entry, str):
                out.append(Member(entry))
                continue
            person = self._mapping(entry, steps, ("name", "email", "roles", "age"))
            email = self._text(person.get("email"), (*steps, "email"))
            name = self._text(person.get("name"), (*steps, "name")) or email
            if not name:
                self.problem(
                    steps, "no_name", msg(N_("a team member needs a name")), msg(N_("write name: ..."))
                )
                continue
            roles = self._texts(person.get("roles"), (*steps, "roles"))
            out.append(Member(name, email, roles, self._text(person.get("age"), (*steps, "age"))))
        self._twice("team", [m.name for m in out])
        return tuple(out)

    def _twice(self, section: str, names: Sequence[str]) -> None:
        for i, name in enumerate(names):
            if name in names[:i]:
                message = msg(N_("{name!r} stands here twice"), name=name)
                self.problem((section, i), "twice", message, msg(N_("remove one of them")))

    def _roles(self, value: Any) -> dict[str, Any]:
        out = dict(self.base.get("roles", {}))
        known = ("label", "label_zh", "see", "edit", "add", "approve")
        for name, rights in self._mapping(value, ("roles",)).items():
            given = self._plain(self._mapping(rights, ("roles", name), known))
            out[name] = {**out.get(name, {}), **given}
        return out

    def _check_roles(self, values: Mapping[str, Any]) -> None:
        known = sorted(values.get("roles", {}))
        for i, member in enumerate(values.get("team", ())):
            for j, role in enumerate(member.roles):
                self._choice(role, ("team", i, "roles", j), known)
        if "review" in self.lines:
            self._choice(values["review"].by, ("review", "by"), known)

    def _vocabularies(self, value: Any) -> dict[str, dict[str, Term]]:
        out = {name: dict(terms) for name, terms in self.base.get("vocabularies", {}).items()}
        for name, terms in self._mapping(value, ("vocabularies",)).items():
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
            for code in self._texts(value, steps):
                yield code, Term(code)
            return
        for code, given in self._mapping(value, steps).items():
            if isinstance(given, dict):
                known = {k: self._text(given.get(k), (*steps, code, k)) for k in ("en", "zh")}
                also = self._texts(given.get("also"), (*steps, code, "also"))
                attrs = {k: self._plain(v) for k, v in given.items() if k not in ("en", "zh", "also")}
                yield code, Term(code, known["en"], known["zh"], also, attrs)
                continue
            words = self._texts(given, (*steps, code)) if given is not None else ()
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
        for kind, names in self._mapping(value, ("required",)).items():
            self.lines[f"required.{kind}"] = self.document.line(("required", kind))
            out[kind] = self._texts(names, ("required", kind))
        return out

    def _fields(self, value: Any) -> dict[str, tuple[CustomField, ...]]:
        out = {}
        for kind, given in self._mapping(value, ("fields",)).items():
            self.lines[f"fields.{kind}"] = self.document.line(("fields", kind))
            entries = self._mapping(given, ("fields", kind))
            made = (self._custom(name, entry, ("fields", kind, name)) for name, entry in entries.items())
            out[kind] = tuple(made)
        return out

    def _custom(self, name: str, value: Any, steps: Steps) -> CustomField:
        line = self.document.line(steps)
        if value is None or isinstance(value, str):
            value = {"type": value or "text"}
        given = self._mapping(
            value, steps, ("type", "label", "label_en", "label_zh", "vocabulary", "many", "marks")
        )
        label = given.get("label")
        labels = (
            {"en": "", "zh": "", **{k: self._text(v, (*steps, "label")) for k, v in label.items()}}
            if isinstance(label, dict)
            else dict.fromkeys(("en", "zh"), self._text(label, (*steps, "label")))
        )
        vocabulary = self._text(given.get("vocabulary"), (*steps, "vocabulary"))
        kind = self._choice(
            given.get("type") or ("vocabulary" if vocabulary else "text"), (*steps, "type"), FIELD_TYPES
        )
        if kind == "vocabulary" and not vocabulary:
            hint = msg(N_("add vocabulary: NAME, and the values under vocabularies"))
            self.problem(
                steps, "vocabulary", msg(N_("which vocabulary has the values of {name!r}?"), name=name), hint
            )
        marks = self._texts(given.get("marks"), (*steps, "marks"))
        return CustomField(
            name,
            kind or "text",
            self._text(given.get("label_en"), steps) or labels["en"],
            self._text(given.get("label_zh"), steps) or labels["zh"],
            vocabulary,
            self._flag(given.get("many"), (*steps, "many"), otherwise=False),
            tuple(m for i, m in enumerate(marks) if self._choice(m, (*steps, "marks", i), MARKS)),
            line,
        )

    def _tiers(self, value: Any) -> tuple[Tier, ...]:
        out = []
        for i, entry in enumerate(self._list(value, ("tiers",))):
            steps: Steps = ("tiers", i)
            given = self._mapping(entry, steps, ("code", "name", "high_value", "when", "policy"))
            text = {k: self._text(given.get(k), (*steps, k)) for k in ("code", "name", "when", "policy")}
            if not text["code"]:
                self.problem(steps, "no_code", msg(N_("a tier needs a code")), msg(N_("write code: A")))
                continue
            high = self._flag(given.get("high_value"), (*steps, "high_value"), otherwise=False)
            line = self.document.line((*steps, "when"))
            out.append(Tier(text["code"], text["name"], high, text["when"], text["policy"], line))
        self._twice("tiers", [t.code for t in out])
        return tuple(out)

    def _rules(self, value: Any) -> dict[str, RuleSpec]:
        out: dict[str, RuleSpec] = dict(self.base.get("rules", {}))
        known = ("on", "when", "first", "every", "lead")
        names = tuple(out)
        for name, entry in self._mapping(value, ("rules",)).items():
            steps: Steps = ("rules", name)
            if names and name not in names:
                self._unknown(steps, name, names)
                continue
            old = out.get(name, RuleSpec(name))
            if isinstance(entry, str):  # `date.birthday: off`
                out[name] = replace(
                    old,
                    on=self._flag(entry, steps, otherwise=True),
                    line=self.document.line(steps),
                    source=self.source,
                )
                continue
            given = self._mapping(entry, steps, known)
            lengths = {
                k: self._duration(given[k], (*steps, k)) for k in ("first", "every", "lead") if k in given
            }
            out[name] = replace(
                old,
                on=self._flag(given.get("on"), (*steps, "on"), otherwise=old.on),
                when=self._text(given["when"], (*steps, "when")) if "when" in given else old.when,
                line=self.document.line(steps),
                source=self.source,
                **lengths,
            )
        return out

    def _sla(self, value: Any) -> dict[str, str]:
        known = tuple(self.base.get("sla", ())) or ("respond", "resolve", "revisit")
        given = self._mapping(value, ("sla",), known)
        for key in given:
            self.lines[f"sla.{key}"] = self.document.line(("sla", key))
        return {**self.base.get("sla", {}), **{k: self._duration(v, ("sla", k)) for k, v in given.items()}}

    def _chores(self, value: Any) -> tuple[Any, ...]:
        entries = self._list(value, ("chores",))
        return tuple(self._plain(self._mapping(e, ("chores", i))) for i, e in enumerate(entries))

    def _views(self, value: Any) -> dict[str, View]:
        out = dict(self.base.get("views", {}))
        for name, entry in self._mapping(value, ("views",)).items():
            steps: Steps = ("views", name)
            line = self.document.line(steps)
            if isinstance(entry, str):
                out[name] = View(query=entry, line=line)
                continue
            given = self._mapping(entry, steps, ("kind", "query", "columns", "sort"))
            text = {k: self._text(given.get(k), (*steps, k)) for k in ("kind", "query", "sort")}
            columns = self._texts(given.get("columns"), (*steps, "columns"))
            out[name] = View(text["kind"] or "customer", text["query"], columns, text["sort"], line)
        return out
