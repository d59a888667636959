"""What people's files are read as, and what they are told about files that cannot be read."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.yaml.read import MAX_BYTES, Unreadable, load


def data(text: str) -> dict[str, object]:
    return load(text.encode(), "c.yaml").data


def refusal(raw: bytes) -> tuple[str, int, str]:
    with pytest.raises(Unreadable) as caught:
        load(raw, "customers/x/customer.yaml")
    problem = caught.value.problems[0]
    assert str(problem.hint), "every refusal shows a way out"
    assert str(caught.value).startswith("customers/x/customer.yaml")
    return problem.code, problem.line, f"{problem.message} | {problem.hint}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01088886666", "01088886666"),
        ("NO", "NO"),
        ("9133010E0123", "9133010E0123"),
        ("2024-06-05", "2024-06-05"),
        ("12:30", "12:30"),
        ("true", "true"),
        ("1_000", "1_000"),
        ('""', ""),
        ("'~'", "~"),
        ('"null"', "null"),
        ("", None),
        ("~", None),
        ("null", None),
        ("研发&销售 100%!", "研发&销售 100%!"),
        ("138****5678", "138****5678"),
        ("{a: [1, x]}", {"a": ["1", "x"]}),
        ("|\n  第一行\n  \t第二行\n", "第一行\n\t第二行\n"),
        ("[]", []),
    ],
)
def test_a_scalar_is_the_text_that_stands_there(written: str, read: object) -> None:
    assert data(f"field: {written}\n") == {"field": read}


def test_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert load(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n", "c").data == {"a": "1", "b": "x\ny\n"}


def test_lines_are_those_of_the_editor() -> None:
    document = load("# 标题\r\n名称: x\r\nlist:\r\n\r\n  - a: 1\r\n    b: 2\r\n".encode(), "c")
    assert document.line(["名称"]) == 2
    assert document.line(["list", 0, "b"]) == 6
    assert document.line(["list", 7]) == 3, "the nearest ancestor that is there"
    assert document.line(["nothing"]) == 2
    assert document.line([]) == 2


@pytest.mark.parametrize(
    ("raw", "code", "line", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", "yaml.duplicate_key", 3, "'a'"),
        (b"a:\n  - x: 1\n    x: 2\n", "yaml.duplicate_key", 3, "second time"),
        (b"a:\n\tb: 1\n", "yaml.tab", 2, "spaces"),
        (b"a: x\n  y\n  \tz\n", "yaml.tab", 3, "spaces"),
        (b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n", "yaml.conflict", 2, "delete the lines"),
        ("a: 1\n名: 张三李四\n".encode("gbk"), "yaml.encoding", 2, "GBK"),
        (b"a: 1\nb: 2\nc: \xff\xfe\xfa", "yaml.encoding", 3, "UTF-8"),
        ("a: 1".encode("utf-16"), "yaml.encoding", 1, "UTF-16"),
        (b"a: 1\nb: x\0y\n", "yaml.nul", 2, "git diff"),
        (b"\0" * 512, "yaml.nul", 1, "git checkout"),
        (b'a: 1\nb: "x\\0y"\n', "yaml.nul", 2, "NUL"),
        (b"a: 1\nb: \x1b[2J\n", "yaml.control", 2, "invisible"),
        (b"a: &x 1\nb: *x\n", "yaml.anchor", 1, "double quotes"),
        (b"a: *bold*\n", "yaml.syntax", 1, "double quotes"),
        (b"a: 1\n<<: {b: 1}\n", "yaml.anchor", 2, "<<"),
        (b"a: !!python/object/apply:os.system [id]\n", "yaml.tag", 1, "tag"),
        (b"a: 1\n---\nb: 1\n", "yaml.multiple", 2, "---"),
        (b"- a\n- b\n", "yaml.not_mapping", 1, "name: value"),
        (b"", "yaml.empty", 0, "empty"),
        (b"# only a comment\n", "yaml.empty", 0, "empty"),
        ("姓名：张三\n电话: 1\n".encode(), "yaml.syntax", 1, "full-width"),
        ("姓名: 张三\n电话：123\n".encode(), "yaml.syntax", 2, "full-width"),
        (b"name: x\nphone:123\n", "yaml.syntax", 2, "`phone: `"),
        (b"a: 1\nb: note: more\n", "yaml.syntax", 2, "double quotes"),
        (b'a: 1\nb: "never closed\nc: 2\n', "yaml.syntax", 2, "never closed"),
        (b"a: 1\nb: [1, 2\nc: 3\n", "yaml.syntax", 2, "`]`"),
        (b"a:\n  b: 1\n c: 2\n", "yaml.syntax", 3, "indentation"),
        (b"a: @home\n", "yaml.syntax", 1, "double quotes"),
        (b'path: "C:\\qq"\n', "yaml.syntax", 1, "backslash"),
        (b"a: - x\n", "yaml.syntax", 1, "list"),
        (b"? [a, b]\n: x\n", "yaml.syntax", 1, "name: value"),
        (b": x\n", "yaml.syntax", 1, "same indentation"),
        (b"a: " + b"[" * 21 + b"]" * 21, "yaml.too_deep", 1, "20"),
        (b"a: x" + b"y" * MAX_BYTES, "yaml.too_big", 0, "attachment"),
        (b"a: [" + b"x," * 200_000 + b"]", "yaml.too_big", 1, "several records"),
    ],
)
def test_what_is_refused_says_where_and_the_way_out(raw: bytes, code: str, line: int, words: str) -> None:
    found, at, text = refusal(raw)
    assert (found, at) == (code, line)
    assert words in text


def test_all_duplicates_are_named_at_once() -> None:
    with pytest.raises(Unreadable) as caught:
        load(b"a: 1\na: 2\nb: {c: 1, c: 2}\n", "c")
    assert [(p.line, p.field) for p in caught.value.problems] == [(2, "a"), (3, "b.c")]


def test_twenty_levels_are_read() -> None:
    assert load(b"a: " + b"[" * 19 + b"]" * 19, "c").data


def test_an_empty_file_may_be_allowed() -> None:
    assert load(b"# all defaults\n", "crm.yaml", empty_ok=True).data == {}


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", ": ", "{a: ", "[[a, ", "&a ", "*a ", "!t ", "- - ", "k: v\n", "a:\n- "]
)
def test_hostile_repetition_is_refused_at_once(unit: str) -> None:
    raw = (unit * (MAX_BYTES // len(unit))).encode()
    begin = time.process_time()
    with pytest.raises(Unreadable) as caught:
        load(raw, "c")
    assert time.process_time() - begin < 5
    assert len(caught.value.problems) <= 20


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    assert refusal("\n".join(lines).encode())[:2] == ("yaml.anchor", 1)


pieces = st.lists(
    st.sampled_from(
        [
            b"a: ",
            b"b: ",
            b"- ",
            b"[",
            b"]",
            b"{",
            b"}",
            b"&a ",
            b"*a ",
            b"!t ",
            b"\n",
            b"  ",
            b"\t",
            b"'",
            b'"',
            b"|",
            b">",
            b"#",
            b"? ",
            b",",
            b"\xff",
            b"\x00",
            "张".encode(),
            b"%YAML 1.1\n",
            b"---\n",
            b"...\n",
            b"<<: ",
            b"\\x",
            b"\x1b",
            b"\r\n",
            b"\r",
            b"\xef\xbb\xbf",
            b"\xe2\x80\xa8",
            b"\xc2\x85",
            b"@",
            b"~",
            b"x",
        ]
    ),
    max_size=40,
).map(b"".join)


@settings(max_examples=600, deadline=None)
@given(st.one_of(pieces, st.binary(max_size=80)))
def test_any_bytes_are_read_or_refused_with_line_and_hint(raw: bytes) -> None:
    try:
        document = load(raw, "c")
    except Unreadable as error:
        for problem in error.problems:
            assert 0 <= problem.line <= raw.count(b"\n") + raw.count(b"\r") + 1
            assert str(problem)
            assert str(problem.hint)
    else:
        assert all(document.line([key]) >= 1 for key in document.data)


def test_importing_the_reader_loads_no_yaml_library() -> None:
    code = "import sys, crmkit.yaml.read, crmkit.yaml.write; print([m for m in sys.modules if m in ('yaml', 'ruamel.yaml')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
