"""Rows -> the text of messages, in the book's language, contact details masked, never longer than a target takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from crmkit import i18n
from crmkit.i18n import N_, _, ngettext
from crmkit.notify.letter import Letter, Markup, Target
from crmkit.notify.plan import is_role, told_from
from crmkit.rules import window
from crmkit.rules.chores import TEAM
from crmkit.values.hide import hidden

if TYPE_CHECKING:
    from crmkit.index.due import AgendaRow
    from crmkit.settings.model import Settings

_ROOM = 0.85
"""How much of a target's limit is filled: the same rows sent again a day later may need a few characters more."""

_NAME, _TEXT, _ID = 80, 300, 200
"""Characters of a name, a reason, an id: record text may be of any length."""

_STATES = {"overdue": N_("overdue"), "today": N_("today"), "soon": N_("soon")}


@dataclass(frozen=True, slots=True)
class Voice:
    """How messages speak: the book's words, the moment, and whether contact details are shown plainly."""

    settings: Settings
    now: datetime
    at: time
    language: str
    whole_day: bool = False
    reveal: bool = False

    def letter(self, target: Target, key: str, rows: Sequence[AgendaRow]) -> Letter:
        """Return the message that tells `rows`."""
        mark = target.markup
        with speaking(self.language):
            ordered = sorted(rows, key=window.sort_key)
            text = mark.paragraph.join(self._block(mark, row) for row in ordered)
            return Letter(key, self._title(ordered), text, self.language)

    def packed(self, target: Target, rows: Sequence[AgendaRow], *, digest: bool) -> Iterator[list[AgendaRow]]:
        """Yield the rows of one message after the other: as many as it holds, or one by one."""
        mark, room = target.markup, int(target.limit * _ROOM)
        with speaking(self.language):
            ordered = sorted(rows, key=window.sort_key)
            head = target.weigh(mark.strong(self._title(ordered)) + mark.paragraph)
            sizes = [target.weigh(self._block(mark, row) + mark.paragraph) for row in ordered]
        batch: list[AgendaRow] = []
        used = head
        for row, size in zip(ordered, sizes, strict=True):
            if batch and (not digest or used + size > room):
                yield batch
                batch, used = [], head
            batch.append(row)
            used += size
        if batch:
            yield batch

    def test(self, target: Target, key: str) -> Letter:
        """Return a message that only shows that the way is open."""
        with speaking(self.language):
            book = target.markup.escape(_cut(self._book, _NAME))
            title = _("test message of crmkit")
            text = _("Reminders of {book} arrive here.").format(book=book)
            return Letter(key, title, text, self.language)

    @property
    def _book(self) -> str:
        return self.settings.name or "crmkit"

    def _title(self, rows: Sequence[AgendaRow]) -> str:
        from crmkit.values.safe import safe

        late = sum(self._state(row) == "overdue" for row in rows)
        count = ngettext("{n} reminder", "{n} reminders", len(rows)).format(n=len(rows))
        if late:
            count += _(", {n} of them overdue").format(n=late)
        return f"{count} · {safe(_cut(self._book, _NAME))} · {self.now.date().isoformat()}"

    def _state(self, row: AgendaRow) -> str:
        return window.state(row, self.now, whole_day=self.whole_day)

    def _block(self, mark: Markup, row: AgendaRow) -> str:
        return mark.line.join(line for line in self._lines(mark, row) if line)

    def _lines(self, mark: Markup, row: AgendaRow) -> Iterator[str]:
        """Yield when and whose, why, who is responsible and when he was to be told (R-004-24), whom to call, the id."""
        say = mark.escape
        name = say(_cut(row.customer_name or (row.customer if row.customer != TEAM else ""), _NAME))
        grade = f" [{say(_cut(row.tier, _NAME))}]" if row.tier else ""
        when = f"{_moment(row.due)} {self._how_late(row)}"
        yield mark.strong(" ".join(t for t in (say(when), name) if t)) + say(grade)
        yield say(self._shown(_cut(self._reason(row), _TEXT)))
        yield say(self._who(row))
        yield say(self._contact(row))
        yield say(_cut(row.id, _ID))

    def _shown(self, text: str) -> str:
        return text if self.reveal else hidden(text)

    def _reason(self, row: AgendaRow) -> str:
        also = "".join(
            _("; also {date}: {reason}").format(date=a.due.isoformat(), reason=a.reason) for a in row.also
        )
        return f"{row.reason}{also}"

    def _who(self, row: AgendaRow) -> str:
        names = _(", ").join(_cut(self._called(t), _NAME) for t in (row.owner, *row.people) if t)
        parts = [_("responsible: {names}").format(names=names)] if names else []
        moment = told_from(row, self.at, self.now)
        if moment:
            parts.append(_("reminder: {moment}").format(moment=_moment(moment)))
        return "  ".join(parts)

    def _called(self, name: str) -> str:
        """Return a person's name, a role's label."""
        if not is_role(name, self.settings):
            return name
        role = self.settings.roles[name]
        return str((role.get("label_zh") if self.language == "zh" else None) or role.get("label") or name)

    def _contact(self, row: AgendaRow) -> str:
        """Return by which way and whom, with the number or address that suits the way."""
        person: Mapping[str, str] = row.contact_details if self.reveal else row.masked_contact
        ways = _(", ").join(self.settings.label("channel", c, self.language) for c in row.channels)
        calls = not row.channels or not {"email", "wechat"} >= set(row.channels)
        numbers = [n for n in ("mobile", "phone") if calls and person.get(n)][:1]
        fields = ["name", "job_title", *numbers, *(n for n in ("email", "wechat") if n in row.channels)]
        whom = " ".join(_cut(str(person[n]), _NAME) for n in fields if person.get(n))
        return "  ".join(t for t in (ways, whom) if t)

    def _how_late(self, row: AgendaRow) -> str:
        state, days = self._state(row), window.days(row, self.now)
        if days > 0:
            return ngettext("{n} day late", "{n} days late", days).format(n=days)
        if days == 0:
            return _(_STATES[state])
        return _("tomorrow") if days == -1 else _("in {n} days").format(n=-days)


def _moment(value: date | datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value.isoformat()


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak the language of the messages, then again that of the person at the terminal."""
    before = i18n.language()
    i18n.set_language(language)
    try:
        yield
    finally:
        i18n.set_language(before)
