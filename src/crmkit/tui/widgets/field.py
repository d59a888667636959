"""One thing that a form asks for: its label, what is typed, and how that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from crmkit.errors import CrmError
from crmkit.tui.guard import Guarded
from crmkit.tui.widgets.chips import Chips
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.form import Ask
    from crmkit.tui.app import CrmApp

PROSE = frozenset(
    {"content", "feedback", "note", "outline", "solution", "business_scope", "terms", "lessons"}
)
"""Texts that want more than one line; the records know meanings, not the sizes of boxes."""
PAUSE = 0.2
"""Seconds without a key after which what was typed is read."""


class Field(Guarded, Vertical):
    """A label and a box; what is typed is read as the records read it, and said beneath."""

    app: CrmApp

    def __init__(self, ask: Ask) -> None:
        """Take what is asked."""
        super().__init__(classes="field")
        self.ask = ask
        self.before = ""

    def compose(self) -> ComposeResult:
        """Put label, box and word together."""
        star = " *" if self.ask.required else ""
        with Horizontal(classes="line"):
            yield Static(Text(safe(self.ask.label) + star), classes="label")
            yield self._box()
        yield Static("", classes="word")

    def _box(self) -> Widget:
        ask = self.ask
        if ask.choices and ask.many:
            values = [v for v in ask.value.split("、") if v]
            return Chips(ask.choices, values, classes="box")
        if ask.choices:
            known = list(ask.choices)
            if ask.value and ask.value not in dict(known):
                known.append((ask.value, ask.value))
            return Select(
                [(Text(safe(label)), code) for code, label in known],
                value=ask.value or Select.NULL,
                prompt="",
                allow_blank=True,
                compact=True,
                classes="box",
            )
        if ask.type == "boolean":
            return Checkbox("", ask.value in {"true", "True"}, compact=True, classes="box")
        if ask.sentences or ask.name.rpartition(".")[2] in PROSE:
            return TextArea(ask.value, compact=True, tab_behavior="focus", classes="box prose")
        return Input(ask.value, placeholder=ask.hint, compact=True, select_on_focus=False, classes="box")

    def on_mount(self) -> None:
        """Remember what is there."""
        self.before = self.value

    @property
    def box(self) -> Widget:
        """The widget that is typed into."""
        return self.query_one(".box")

    @property
    def value(self) -> str:
        """What is typed, as an assignment takes it."""
        box: Any = self.box
        if isinstance(box, Chips):
            return ",".join(box.codes)
        if isinstance(box, Select):
            return "" if box.value is Select.NULL else str(box.value)
        if isinstance(box, Checkbox):
            return "true" if box.value else "false" if self.ask.value else ""
        return str(box.text if isinstance(box, TextArea) else box.value).strip()

    @property
    def changed(self) -> bool:
        """Whether something else is typed than what was there."""
        return self.value != self.before

    def suggest(self, texts: list[str]) -> None:
        """Offer texts while typing."""
        if isinstance(self.box, Input):
            self.box.suggester = SuggestFromList(texts, case_sensitive=False)

    def on_input_changed(self) -> None:
        """Read what was typed once there is a pause."""
        if self.ask.read[0] and self.ask.type not in ("text", "reference"):
            self.spawn(self._read, "read")

    async def _read(self) -> None:
        import asyncio

        from crmkit.actions import form

        await asyncio.sleep(PAUSE)
        text = self.value
        try:
            word = await self.app.desk.read(lambda session: form.understood(session, self.ask.read, text))
        except CrmError as error:
            self.say(form.explain(error), wrong=True)
        else:
            self.say(f"→ {word}" if word and word != text else "")

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Put a word beneath the box."""
        word = self.query_one(".word", Static)
        word.update(Text(safe(text)))
        self.set_class(bool(text), "-said")
        self.set_class(wrong, "-wrong")
