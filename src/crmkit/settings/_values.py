"""What every section of crm.yaml is read with: values of the wanted type, problems with line and way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmkit.errors import CrmError, Message, Problem, Severity, msg
from crmkit.i18n import N_
from crmkit.values import duration
from crmkit.values.suggest import nearest
from crmkit.yaml.read import Document

Steps = tuple[str | int, ...]

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


class Values:
    """Reads values of one settings file, collecting problems instead of stopping."""

    def __init__(self, document: Document, path: str) -> None:
        self.document = document
        self.path = path
        self.problems: list[Problem] = []

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

    def unknown(self, steps: Steps, key: str, known: Sequence[str] | frozenset[str]) -> None:
        """Warn of a key that means nothing here."""
        near = nearest(key, sorted(known))
        hint = (
            msg(N_("did you mean {near}?"), near=near)
            if near
            else msg(N_("known here: {known}"), known=", ".join(sorted(known)))
        )
        self.problem(steps, "unknown_key", msg(N_("unknown setting {key!r}"), key=key), hint, "warning")

    def mapping(self, value: Any, steps: Steps, known: Sequence[str] = ()) -> dict[str, Any]:
        """Return the mapping at `steps`, {} where there is none; warn of keys that are not `known`."""
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
                    self.unknown((*steps, key), key, known)
        return value

    def list(self, value: Any, steps: Steps) -> list[Any]:
        """Return the list at `steps`, [] where there is none."""
        if isinstance(value, list):
            return value
        if value is None:
            return []
        self.problem(steps, "type", msg(N_("a list is wanted here")), msg(N_("write [one, two]")))
        return []

    def texts(self, value: Any, steps: Steps) -> tuple[str, ...]:
        """Return a list of texts; `one, two` is one too."""
        if isinstance(value, str):
            return tuple(t.strip() for t in value.split(",") if t.strip())
        return tuple(self.text(v, (*steps, i)) for i, v in enumerate(self.list(value, steps)))

    def text(self, value: Any, steps: Steps) -> str:
        """Return the text at `steps`, "" where there is none."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(steps, "type", msg(N_("a text is wanted here")))
            return ""
        return value

    def flag(self, value: Any, steps: Steps, *, otherwise: bool) -> bool:
        """Return a yes or no."""
        if value is None:
            return otherwise
        found = _YES.get(value.casefold()) if isinstance(value, str) else None
        if found is None:
            self.problem(steps, "flag", msg(N_("true or false is wanted here")))
            return otherwise
        return found

    def duration(self, value: Any, steps: Steps) -> str:
        """Return the text of a length of time that can be read."""
        text = self.text(value, steps)
        if text:
            try:
                duration.parse(text)
            except CrmError as e:
                self.problem(steps, "duration", e.message, e.hint)
        return text

    def choice(self, value: Any, steps: Steps, known: Sequence[str]) -> str:
        """Return the text where it is one of those `known`, else ""."""
        text = self.text(value, steps)
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

    def plain(self, value: Any) -> Any:
        """Return a value as plain JSON."""
        if isinstance(value, dict):
            return {k: self.plain(v) for k, v in value.items()}
        return [self.plain(v) for v in value] if isinstance(value, list) else value
