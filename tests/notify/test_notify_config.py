"""Targets are the user's: his file, his environment, never the book; secrets are never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.notify.servers import Desk, Web

KEY = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"


def test_without_a_target_the_way_out_is_told(desk: Desk) -> None:
    found = desk.notify()
    assert (found.code, found.out) == (1, "")
    assert str(desk.config) in found.err
    assert "hint: " in found.err


def test_the_environment_names_targets(
    desk: Desk, serve: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    lisi, rest = serve(), serve()
    desk.followup("aaaa", "2024-06-09")
    desk.customer("202406-002", "上海示例", "owner: 王五\n")
    desk.followup("bbbb", "2024-06-09", number="202406-002")
    monkeypatch.setenv("CRM_NOTIFY_LISI", lisi.url("wecom"))  # by the name in front of the @
    monkeypatch.setenv("CRM_NOTIFY_DEFAULT", f"{rest.url('wecom')} {rest.url('dingtalk')}")
    assert desk.notify() == (0, "", "")
    assert (len(lisi.requests), len(rest.requests)) == (1, 2)


def test_the_environment_beats_the_file(
    desk: Desk, serve: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = serve(), serve()
    desk.followup("aaaa", "2024-06-09")
    desk.targets(李四=[old.url("wecom")])
    monkeypatch.setenv("CRM_NOTIFY_LISI_EXAMPLE_COM", new.url("wecom"))
    assert desk.notify().code == 0
    assert (len(old.requests), len(new.requests)) == (0, 1)


def test_another_file(desk: Desk, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    elsewhere = desk.config.rename(tmp_path / "mine.yaml")
    monkeypatch.setenv("CRM_NOTIFY_CONFIG", str(elsewhere))
    assert desk.notify().code == 0
    assert len(web.requests) == 1


@pytest.mark.parametrize(("mode", "code"), [(0o600, 0), (0o640, 0), (0o644, 0), (0o666, 1), (0o602, 1)])
def test_who_else_can_read_or_write_the_file(desk: Desk, web: Web, mode: int, code: int) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.config.chmod(mode)
    found = desk.notify()
    assert found.code == code
    assert ("can read the secrets" in found.err) is (mode in {0o640, 0o644})
    assert len(web.requests) == (0 if code else 1)


@pytest.mark.parametrize(
    "text",
    [
        f"default: [wecom://{KEY}",
        f"default: [wecom://a/{KEY}]",
        f"default:\n  - ok: wecom://{KEY}\n",
        f"- wecom://{KEY}\n",
        f"default: 'mailtos://u:{KEY}@smtp.example.com'\nother: [mailtos://u:{KEY}@h?to=nobody]\n",
        f"default: wecom://{KEY}\ndefault: wecom://{KEY}\n",
        f"default: ['wecom+http://example.com/send?key={KEY}']\n",
        f"default: {KEY}\n",
        f"default: &{KEY} x\n",
        f"{KEY}: [1\n",
    ],
)
def test_a_mistake_in_the_file_is_told_without_its_words(desk: Desk, text: str) -> None:
    desk.targets(default=[])
    desk.config.write_text(text, encoding="utf-8")
    found = desk.notify()
    assert (found.code, found.out) == (1, "")
    assert str(desk.config) in found.err
    assert KEY not in found.err


def test_a_file_in_another_encoding(desk: Desk) -> None:
    desk.targets(default=[])
    desk.config.write_bytes("李四: [wecom://x]".encode("gb18030"))
    assert desk.notify().code == 1


@pytest.mark.parametrize(
    "section",
    [
        f"{{at: '08:30', default: ['wecom://{KEY}']}}",
        f"{{targets: [https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}]}}",
        f"{{channels: [wecom://{KEY}]}}",
        f"{{channels: {KEY}}}",
        f"{{secret: {KEY}}}",
        f"{{digest: {KEY}}}",
        "{channels: ['mailto:thief@example.com']}",
        "{people: {李四: [a@example.com]}}",
    ],
)
def test_an_address_in_the_book_is_refused_and_never_used(desk: Desk, web: Web, section: str) -> None:
    desk.write("crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace('{at: "08:30"}', section))
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    found = desk.notify()
    assert (found.code, found.out) == (1, "")
    assert KEY not in found.err
    assert "notify.yaml" in found.err
    assert web.requests == []
    checked = desk.crm("check", "--format", "tsv")
    assert checked.code == 3
    assert "settings.notify" in checked.out
    assert KEY not in checked.out + checked.err


@pytest.mark.parametrize(
    "section", ["{at: noon}", "{at: '25:00'}", "{digest: maybe}", "{language: fr}", "{channels: [UPPER]}"]
)
def test_a_wish_that_means_nothing(desk: Desk, web: Web, section: str) -> None:
    desk.write("crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace('{at: "08:30"}', section))
    desk.targets(default=[web.url("wecom")])
    assert desk.notify().code == 1


def test_messages_speak_the_books_language_and_errors_the_readers(
    desk: Desk, serve: Callable[..., Web]
) -> None:
    good, bad = serve(), serve(always=(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'))
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[good.url("wecom"), bad.url("dingtalk")])
    found = desk.notify("--lang", "en")
    assert "not everything could be delivered" in found.err
    assert "负责人" in good.texts[0]
    desk.write(
        "crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace('"08:30"', '"08:30", language: en')
    )
    desk.followup("bbbb", "2024-06-09")
    found = desk.notify("--lang", "zh")
    assert "有提醒没能送达" in found.err
    assert "responsible: 李四" in good.texts[-1]


def test_a_solo_book_needs_no_names(desk: Desk, web: Web) -> None:
    text = (desk.root / "crm.yaml").read_text("utf-8")
    before, _, after = text.partition("team:\n")
    desk.write("crm.yaml", before + after[after.index("rules:") :])
    desk.followup("aaaa", "2024-06-09")
    desk.targets(me=[web.url("wecom")])
    assert desk.notify().code == 0
    assert len(web.requests) == 1


def test_contact_details_are_masked_unless_revealed(desk: Desk, web: Web) -> None:
    desk.customer(more="owner: 李四\ncontacts: [{name: 王经理, mobile: 13812345678}]\n")
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("feishu")])
    assert "138****5678" in desk.notify("--dry-run", "--format", "table").out
    assert "13812345678" in desk.notify("--dry-run", "--reveal", "--format", "table").out
    web.always = 200, b'{"code":0,"msg":"success"}'
    assert desk.notify().code == 0
    assert "13812345678" not in web.texts[0]


def test_a_file_that_cannot_be_read_is_named(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.customer("202406-002", "上海示例")
    desk.write("customers/2024/202406-002/followup-240601-bbbb.yaml", "due: [2024-06-09\n")
    desk.targets(default=[web.url("wecom")])
    found = desk.notify()
    assert (found.code, found.out) == (0, "")
    assert "followup-240601-bbbb.yaml" in found.err
    assert len(web.requests) == 1


def test_help_names_the_targets(desk: Desk) -> None:
    for lang in ("en", "zh"):
        found = desk.crm("notify", "--help", "--lang", lang)
        assert found.code == 0
        assert "dingtalk://TOKEN?secret=SEC" in found.out


def test_the_light_commands_do_not_pay_for_it(desk: Desk) -> None:
    import subprocess
    import sys

    script = "import sys; from crmkit.cli import notify; print(' '.join(m for m in sys.modules if 'notify' in m or m in {'ssl', 'smtplib', 'apprise', 'urllib.request'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["crmkit.cli.notify"]
