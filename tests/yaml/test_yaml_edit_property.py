"""Random files in random hands' styles, random edits: the data is right, the rest of the file is untouched."""

from __future__ import annotations

import copy
import io
import warnings
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from crmkit.errors import Refused
from crmkit.yaml.read import load
from crmkit.yaml.write import DELETE, Edit, dump, edit

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

words = st.sampled_from(
    [
        "x",
        "王经理",
        "no",
        "01088886666",
        "12:30",
        "2024-06-05",
        "a: b",
        "x #y",
        "-",
        "- a",
        "[",
        "{a",
        "",
        " pad ",
        "~",
        "null",
        "'q'",
        '"q"',
        "back\\slash",
        "tab\tin",
        "nel\x85",
        "ls\u2028",
        "emoji 🎉",
        "50万",
        "http://x.cn/a?b=c#d",
        "@me",
        "&a",
        "*b",
        "!t",
        "%d",
        "`c`",
        "a,b",
        "？",
        "名称：",
        "<<",
        "=",
        "...",
        "---",
        "1e3",
        ".5",
        "0x1F",
        "1_000",
        "yes",
        "multi\nline",
        "end\n",
        "two\n\nparas\n",
        " lead\nin",
        "\nstart",
        "a\n \nb",
        "x\n\n\n",
        "\n",
        "q: 1\n# not a comment\n- x",
        "a\rb",
        "\ufeffbom",
    ]
)
texts = st.one_of(words, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
keys = st.one_of(
    st.sampled_from(
        ["name", "phone", "名称", "no", "备注 二", "a.b", "x-y", "1", "null", "on", "a: b", "#k", "y"]
    ),
    st.text("abc张三", min_size=1, max_size=4),
)
values = st.recursive(
    texts,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)
mappings = st.dictionaries(keys, values, min_size=1, max_size=5)


class Hand:
    """Writes data the way some person might: comments, blank lines, indentation, quotes, flow style."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([2, 4, 3]))
        self.dash = draw(st.sampled_from([0, 2]))
        self.count = 0

    def odd(self) -> bool:
        return bool(self.draw(st.integers(0, 3)) == 0)

    def comment(self) -> str:
        self.count += 1
        return f"# c{self.count}"

    def tail(self) -> str:
        return f"  {self.comment()}" if self.odd() else ""

    def between(self, pad: int) -> list[str]:
        out = [""] if self.odd() else []
        return [*out, " " * pad + self.comment()] if self.odd() else out

    def scalar(self, text: str, *, flow: bool) -> str:
        if self.odd() and text and all(c.isalnum() or c in " .:/#" for c in text) and text == text.strip():
            return "'" + text + "'"
        only = dump({"k": [text.replace("\n", " ") if flow else text]}) if flow else dump({"k": text})
        line = only.split("\n")[1][4:] if flow else only[3:].strip("\n")
        if flow and not line.startswith('"') and any(c in ",[]{}?:" for c in line):
            return f"'{line}'" if "'" not in line else "x"
        return line

    def value(self, value: Any, pad: int, head: str) -> list[str]:
        if isinstance(value, dict) and value and not self.odd():
            return [head + self.tail(), *self.mapping(value, pad + self.step)]
        if isinstance(value, list) and value and not self.odd():
            return [head + self.tail(), *self.items(value, pad + (self.dash or self.step))]
        if isinstance(value, (dict, list)):
            return [f"{head} {self.flow(value)}{self.tail()}"]
        if self.odd() and value == "":
            return [head + self.tail()]
        shown = dump({"k": value}).removesuffix("\n").split("\n")
        if len(shown) > 1:
            return [
                f"{head} {shown[0][3:]}{self.tail()}",
                *(" " * pad + line if line else "" for line in shown[1:]),
            ]
        return [f"{head} {shown[0][3:]}{self.tail()}"]

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(
                    f"{dump({k: 'x'}).split(': x')[0]}: {self.flow(v)}"
                    for k, v in value.items()
                    if ":" not in k
                )
                + "}"
            )
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(v) for v in value) + "]"
        return self.scalar(value, flow=True)

    def mapping(self, data: dict[str, Any], pad: int) -> list[str]:
        out: list[str] = []
        for key, value in data.items():
            head = " " * pad + dump({key: "x"}).removesuffix(" x\n")
            out += [*self.between(pad), *self.value(value, pad, head)]
        return out

    def items(self, items: list[Any], pad: int) -> list[str]:
        out: list[str] = []
        for item in items:
            out += self.between(pad)
            if isinstance(item, dict) and item:
                lines = self.mapping(item, pad + 2)
                while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
                    lines.pop(0)
                out += [" " * pad + "- " + lines[0][pad + 2 :], *lines[1:]]
            else:
                out += self.value(item, pad, " " * pad + "-")
        return out


@st.composite
def files(draw: Any) -> str:
    hand = Hand(draw)
    text = "\n".join(hand.mapping(draw(mappings), 0)) + "\n"
    if draw(st.integers(0, 4)) == 0:
        text = text.replace("\n", "\r\n")
    if draw(st.integers(0, 4)) == 0:
        bare = text.rstrip("\r\n")  # unless that shortens the block text at the end
        text = bare if readable(bare) == readable(text) else text
    return "\ufeff" + text if draw(st.integers(0, 9)) == 0 else text


def places(data: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place that an edit may name: what is there, one past each list, one new key for each mapping."""
    found: list[tuple[str | int, ...]] = []
    if isinstance(data, dict):
        for key, value in data.items():
            found += [(*at, key), *places(value, (*at, key))]
        found.append((*at, "新字段"))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            found += [(*at, i), *places(value, (*at, i))]
        found.append((*at, len(data)))
    return found


def readable(text: str) -> dict[str, Any]:
    return load(text.encode(), "t.yaml", empty_ok=True).data


def intended(data: dict[str, Any], wanted: Edit) -> dict[str, Any]:
    """The edit on plain data, written as simply as can be: the oracle."""
    out = copy.deepcopy(data)
    here: Any = out
    for step in wanted.steps[:-1]:
        here = here[step]
    last = wanted.steps[-1]
    exists = last in here if isinstance(here, dict) else int(last) < len(here)
    if wanted.value is DELETE:
        if exists:
            del here[last]
    elif isinstance(here, list) and (not exists or wanted.insert):
        here.insert(int(last), wanted.value)
    else:
        here[last] = wanted.value
    return out


@QUICK
@given(files(), st.data())
def test_an_edit_changes_what_was_asked_for_and_nothing_else(text: str, data: st.DataObject) -> None:
    before = readable(text)
    steps = data.draw(st.sampled_from(places(before)))
    wanted = Edit(steps, data.draw(st.one_of(st.just(DELETE), values)), insert=data.draw(st.booleans()))
    try:
        after = edit(text, [wanted])
    except Refused:
        raise AssertionError((text, wanted)) from None
    assert readable(after) == intended(before, wanted)
    if readable(after) == before:
        assert after == text
        return
    # Lines outside the edited top-level entry are the same lines, in order: nothing added, nothing lost.
    top = str(steps[0])
    spans = {key: load(text.encode(), "t", empty_ok=True).line([key]) for key in before}
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    del lines
    document, changed = load(text.encode(), "t"), load(after.encode(), "t", empty_ok=True)
    for key in before:
        if key != top:
            assert changed.data[key] == before[key]
            old, new = _own_lines(text, document, key), _own_lines(after, changed, key)
            assert old == new, (key, wanted, text, after)
    assert spans
    assert ("\r\n" in after) == ("\r\n" in text) or "\n" not in after.strip() or "\n" not in text.strip()
    assert after.startswith("\ufeff") == text.startswith("\ufeff")


def _own_lines(text: str, document: Any, key: str) -> list[str]:
    """The lines from a top-level key up to the next one's (without the comments and blank lines before that)."""
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    starts = sorted(document.line([k]) - 1 for k in document.data)
    start = document.line([key]) - 1
    stop = min((s for s in starts if s > start), default=len(lines))
    own = lines[start:stop]
    while own and (not own[-1].strip() or own[-1].startswith("#")):
        own.pop()
    return own


@QUICK
@given(files(), st.data())
def test_comments_outside_what_is_deleted_or_replaced_stay(text: str, data: st.DataObject) -> None:
    before = readable(text)
    steps = data.draw(st.sampled_from(places(before)))
    old: Any = before
    for step in steps:
        old = old.get(step) if isinstance(old, dict) else old[step] if int(step) < len(old) else None
    assume(not isinstance(old, (dict, list)))  # a scalar, or nothing: then no comment has a reason to go
    after = edit(text, [Edit(steps, data.draw(texts))])
    for number in range(1, 60):
        word = f"# c{number}"
        assert text.count(word + "\n") <= after.replace("\r", "").count(word) or word not in text


@QUICK
@given(mappings)
def test_what_is_dumped_is_read_back_by_both_readers(data: dict[str, Any]) -> None:
    text = dump(data)
    assert readable(text) == data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = YAML(typ="safe", pure=True).load(io.StringIO(text))
    assert _as_texts(loaded) == _as_texts(data)


def _as_texts(value: Any) -> Any:
    """Dates and times may be typed by another reader: only texts that stay texts are compared."""
    if isinstance(value, dict):
        return {str(k): _as_texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_texts(v) for v in value]
    return value if isinstance(value, str) else str(value)


@QUICK
@given(files())
def test_both_readers_agree_on_files_that_people_write(text: str) -> None:
    loader = YAML(typ="rt", pure=True)
    loader.preserve_quotes = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = loader.compose(text.removeprefix("\ufeff"))
    assert _node_texts(tree) == _no_none(readable(text))


def _node_texts(node: Any) -> Any:
    if node.id == "mapping":
        return {k.value: _node_texts(v) for k, v in node.value}
    if node.id == "sequence":
        return [_node_texts(v) for v in node.value]
    return "" if not node.style and node.value in ("", "~", "null") else node.value


def _no_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _no_none(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_no_none(v) for v in value]
    return "" if value is None else value


@QUICK
@given(
    files(),
    st.lists(st.tuples(st.integers(0, 99), st.one_of(st.just(DELETE), values), st.booleans()), max_size=4),
)
def test_several_edits_in_turn(text: str, wanted: list[tuple[int, Any, bool]]) -> None:
    data = readable(text)
    edits = []
    for number, value, insert in wanted:
        all_places = places(data)
        one = Edit(all_places[number % len(all_places)], value, insert=insert)
        data = intended(data, one)
        edits.append(one)
    assert readable(edit(text, edits)) == data


@st.composite
def nearly_usual(draw: Any) -> str:
    """Lines that look like a record's, put together with little regard for the rules."""
    line = st.one_of(
        st.sampled_from(
            [
                "",
                "  ",
                "# c",
                "  # c",
                "    # c",
                "---",
                "...",
                "- ",
                "-",
                "a:",
                "b: |",
                "c: |-",
                "- k: |",
                "d: [x, y]",
                "- - x",
            ]
        ),
        st.builds(
            lambda pad, dash, key, value: " " * pad + dash + key + value,
            st.integers(0, 5),
            st.sampled_from(["", "", "- ", "-  "]),
            st.sampled_from(["a:", "b:", "名称:", "a b:", "x", "1:", "a.b:", ""]),
            st.sampled_from(
                [
                    "",
                    " ",
                    " x",
                    "  x",
                    " 12",
                    ' "q"',
                    " 'q'",
                    " '",
                    " null",
                    " ~",
                    " [a, b]",
                    " [a, null]",
                    " []",
                    " [a,b]",
                    " {}",
                    " x #c",
                    " x#c",
                    " a: b",
                    " x:",
                    " |",
                    " |-",
                    " |+",
                    " -5",
                    " -",
                    " - x",
                    " 第一",
                    " ： x",
                    " x ",
                    ' "a" b',
                    " ?",
                    " %x",
                    " @",
                    " http://x/y",
                ]
            ),
        ),
    )
    return "\n".join(draw(st.lists(line, max_size=8))) + "\n"


@settings(max_examples=800, deadline=None)
@given(st.one_of(nearly_usual(), nearly_usual(), files(), mappings.map(dump)))
def test_the_quick_reader_agrees_with_the_parser(text: str) -> None:
    from crmkit.yaml import _fast, _parse
    from yaml import YAMLError

    raw = text.encode()
    assume(len(raw.translate(None, _parse._UNUSUAL)) == len(raw) and not _parse._ODD_CHARACTER.search(text))
    try:
        quick = _fast.read(text)
    except _fast.Odd:
        return
    problems: list[Any] = []
    try:
        root = _parse.compose(raw)
    except YAMLError:
        root = None
    assert root is not None, text
    assert quick == _parse._mapping(root, 1, problems, ())
    assert not problems
