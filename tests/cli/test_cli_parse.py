"""Two parsers over one table: what the lean one understands, typer understands alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit import i18n
from crmkit.cli import _help, _parse, _typer, app
from crmkit.cli._spec import GLOBALS, Spec, options_of
from crmkit.errors import UsageError


def spec_of(verb: str) -> Spec:
    spec: Spec = app.load(verb).SPEC
    return spec


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    verb = draw(st.sampled_from(sorted(app.COMMANDS)))
    spec = spec_of(verb)
    options = options_of(spec)
    words: list[str] = []
    plain = st.sampled_from(["customer", "北京示例", "a=b", "tags+=战略", "-", "tier:A", "x y", "=", "1", ""])
    for _ in range(draw(st.integers(0, 6))):
        what = draw(st.integers(0, 5))
        option = draw(st.sampled_from(options))
        flag = draw(st.sampled_from([*option.flags, *([option.off] if option.off else [])]))
        value = draw(st.sampled_from(["5", "zh", "-x", "--", "a=b", "", "json"]))
        if what <= 2:
            words.append(draw(plain))
        elif what == 3 and option.metavar:
            words.append(f"{flag}={value}")
        elif option.metavar:
            words += [flag, value]
        else:
            words.append(flag)
    if draw(st.booleans()) and draw(st.booleans()):
        words.insert(draw(st.integers(0, len(words))), "--")
    return verb, words


@settings(max_examples=400, deadline=None)
@given(lines())
def test_both_parsers_agree(line: tuple[str, list[str]]) -> None:
    verb, words = line
    spec = spec_of(verb)
    quick = _parse.lean(spec, words)
    if quick is None:
        return  # typer's business: an error, or an unusual spelling
    assert _typer.parse(verb, spec, words) == quick


@pytest.mark.parametrize("verb", sorted(app.COMMANDS))
def test_an_ordinary_line_never_needs_typer(verb: str) -> None:
    spec = spec_of(verb)
    words = ["word" for a in spec.args if a.required]
    for option in spec.options:
        words += [option.flags[-1], "1"] if option.metavar else [option.flags[-1]]
    assert _parse.lean(spec, words) is not None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["customer", "-status:lost"], ["customer", "not status:lost"]),
        (["customer", "-status:lost tier:A"], ["customer", "not status:lost tier:A"]),
        (["customer", "-旧客户"], ["customer", "not 旧客户"]),
        (["customer", "tier:A", "-q"], ["customer", "tier:A", "-q"]),
        (["customer", "--sort", "-name"], ["customer", "--sort", "-name"]),
        (["customer", "--", "-status:lost"], ["customer", "--", "-status:lost"]),
        (["customer", "-budget>=50万"], ["customer", "not budget>=50万"]),
    ],
)
def test_a_dash_before_a_term_negates(typed: list[str], meant: list[str]) -> None:
    assert _parse.negations(spec_of("list"), typed) == meant


def test_negation_is_only_for_queries() -> None:
    assert _parse.negations(spec_of("show"), ["-a:b"]) == ["-a:b"]


@pytest.mark.parametrize(
    "argv",
    [
        ["--json", "--on", "2024-06-08", "due", "tier:A"],
        ["due", "--json", "--on", "2024-06-08", "tier:A"],
        ["--json", "due", "tier:A", "--on=2024-06-08"],
    ],
)
def test_global_options_stand_before_or_after_the_verb(argv: list[str]) -> None:
    verb, rest = _parse.split(argv)
    values = app.read(verb, spec_of(verb), rest)
    assert (verb, values["json"], values["on"], values["query"]) == ("due", True, "2024-06-08", ("tier:A",))


def test_the_later_of_two_wins() -> None:
    verb, rest = _parse.split(["--on", "2024-06-01", "due", "--on", "2024-06-02"])
    assert app.read(verb, spec_of(verb), rest)["on"] == "2024-06-02"


def test_books_come_together() -> None:
    verb, rest = _parse.split(["--book", "a", "due", "--book", "b"])
    assert app.read(verb, spec_of(verb), rest)["book"] == ("a", "b")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["lst"], "crm list"),
        (["search"], "crm find"),
        (["delete"], "crm rm"),
        (["due", "--wihtin", "7d"], "--within"),
        (["list", "customer", "--format", "jsn"], "json"),
        (["show"], "ID"),
        (["list", "customer", "--limit", "many"], "--limit"),
        (["list", "customer", "--sort"], "--sort"),
        (["init", "a", "b"], "crm init"),
        (["due", "--json=yes"], "--json"),
    ],
)
def test_a_slip_is_told_with_the_way_out(argv: list[str], said: str) -> None:
    with pytest.raises(UsageError) as told:
        app.run(argv, {}, Path("/"))
    assert said in f"{told.value} {told.value.hint}"
    assert told.value.exit_code == 2


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verb", sorted(app.COMMANDS))
def test_help_shows_examples_first_and_every_option(verb: str, language: str) -> None:
    i18n.set_language(language)
    try:
        spec = spec_of(verb)
        text = _help.command(verb, spec)
        assert spec.examples, "a command without an example"
        assert text.index(i18n._(spec.examples[0][1])) < text.index(f"  {_help.usage(verb, spec)}\n")
        for option in spec.options:
            assert option.flags[-1] in text
        for option in GLOBALS:
            assert option.flags[-1] in text
    finally:
        i18n.set_language("en")


def test_every_command_stands_in_one_group() -> None:
    grouped = [verb for _title, verbs in app.GROUPS for verb in verbs]
    assert sorted(grouped) == sorted(app.COMMANDS)


def test_typer_sees_the_same_commands() -> None:
    group: Any = _typer.app(list(app.COMMANDS))
    assert {p.name for p in group.get_command(None, "due").params} >= {"query", "within", "book", "json"}
    assert group.get_command(None, "nope") is None


@pytest.mark.parametrize(
    ("argv", "env", "book", "language"),
    [
        ([], {}, "", "en"),
        ([], {}, "language: zh   # ours\n", "zh"),
        ([], {"LANG": "C.UTF-8"}, "name: x\nlanguage: 'zh'\n", "zh"),
        ([], {"LANG": "en_US.UTF-8"}, "language: zh\n", "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "language: en\n", "zh"),
        ([], {"LANG": "en_US.UTF-8", "CRM_LANG": "zh"}, "", "zh"),
        (["--lang", "en"], {"CRM_LANG": "zh"}, "language: zh\n", "en"),
        (["due", "--lang=zh"], {"LANG": "en_US"}, "", "zh"),
    ],
)
def test_the_language_is_known_before_anything_is_said(
    tmp_path: Path, argv: list[str], env: dict[str, str], book: str, language: str
) -> None:
    (tmp_path / "sub").mkdir()
    if book:
        (tmp_path / "crm.yaml").write_text(book, encoding="utf-8")
    assert app.choose_language(argv, env, tmp_path / "sub") == language
