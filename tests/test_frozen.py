"""The dataclasses that cost nothing at the start behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import gettext
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crmkit import frozen, i18n


@frozen.dataclass(frozen=True, slots=True)
class Light:
    kind: ClassVar[str] = "x"
    a: int
    b: str = "b"
    c: dict[str, int] = frozen.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Standard:
    kind: ClassVar[str] = "x"
    a: int
    b: str = "b"
    c: dict[str, int] = dataclasses.field(default_factory=dict)


@frozen.dataclass(frozen=True)
class Below(Light):
    d: tuple[int, ...] = ()


@frozen.dataclass
class Open:
    a: int = 1


@pytest.mark.parametrize(
    "given", [((1,), {}), ((1, "x"), {}), ((), {"a": 1, "c": {"k": 2}}), ((1,), {"b": "y"})]
)
def test_they_are_made_shown_compared_and_changed_alike(given: tuple[Any, Any]) -> None:
    light, standard = Light(*given[0], **given[1]), Standard(*given[0], **given[1])
    assert repr(light) == repr(standard).replace("Standard", "Light")
    assert dataclasses.asdict(light) == dataclasses.asdict(standard)
    assert [f.name for f in dataclasses.fields(light)] == ["a", "b", "c"]
    assert light == Light(*given[0], **given[1])
    assert light != Light(2)
    assert light != standard  # type: ignore[comparison-overlap]
    assert dataclasses.asdict(dataclasses.replace(light, a=5)) == dataclasses.asdict(
        dataclasses.replace(standard, a=5)
    )
    assert Light.__match_args__ == Standard.__match_args__
    assert copy.deepcopy(light) == pickle.loads(pickle.dumps(light)) == light  # noqa: S301 - our own


@pytest.mark.parametrize("given", [((), {}), ((1,), {"z": 1}), ((1, 2, 3, 4), {}), ((), {"b": "x"})])
def test_what_does_not_fit_is_refused(given: tuple[Any, Any]) -> None:
    for cls in (Light, Standard):
        with pytest.raises(TypeError):
            cls(*given[0], **given[1])


def test_frozen_ones_cannot_be_changed_and_can_be_hashed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Light(1).a = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        hash(Light(1))  # as the dict in it
    assert hash(Below(1, c=None)) == hash(Below(1, c=None))  # type: ignore[arg-type]
    made = Open()
    made.a = 3
    assert made == Open(3)
    with pytest.raises(TypeError):
        hash(made)


def test_a_class_below_has_the_fields_of_both() -> None:
    assert Below(1, d=(2,)) == Below(a=1, b="b", c={}, d=(2,))
    assert repr(Below(1)) == "Below(a=1, b='b', c={}, d=())"
    assert Below(1).c is not Below(1).c
    assert frozen.trusted(Open, {"a": 4}) == Open(4)


def test_what_is_due_is_listed_without_the_standard_module() -> None:
    said = "import sys; from crmkit.actions import due; from crmkit import i18n; from crmkit.index import reader, due; "
    said += "print([m for m in ('dataclasses', 'inspect', 'gettext') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


def test_a_catalogue_says_what_gettext_reads_in_it() -> None:
    path = Path(i18n.__file__).parent / "locale/zh_CN/LC_MESSAGES/crmkit.mo"
    with path.open("rb") as file:
        standard = gettext.GNUTranslations(file)
    messages = standard._catalog  # type: ignore[attr-defined]
    texts = {key[0] if isinstance(key, tuple) else key: text for key, text in messages.items()}
    assert len(texts) > 1000
    for msgid, text in texts.items():
        if msgid:
            assert i18n.in_language("zh", msgid) == text
    assert i18n.in_language("zh", "no such text") == "no such text"
    assert i18n.in_language("en", "Customer") == "Customer"
    i18n.set_language("zh")
    try:
        assert i18n.ngettext("saved {n} file", "saved {n} files", 2) == standard.ngettext(
            "saved {n} file", "saved {n} files", 2
        )
    finally:
        i18n.set_language("en")
    assert [i18n.ngettext("one", "many", n) for n in (0, 1, 2)] == ["many", "one", "many"]
