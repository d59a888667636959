"""Each row once: through `crm notify`, a book on disk and servers that keep what they were sent."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.notify.servers import FEISHU_OK, OK, Desk, Post, Web

NOT_NOW = (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}')
WRONG = (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')


def told(web: Web, ident: str) -> int:
    """How many messages told a row."""
    return sum(ident in text for text in web.texts)


def test_a_row_is_told_once_and_then_there_is_silence(desk: Desk, web: Web) -> None:
    ident = desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    assert desk.notify() == (0, "", "")
    assert told(web, ident) == 1
    for on in ("2024-06-08T10:00", "2024-06-09T10:00", "2024-06-20T10:00"):
        assert desk.notify(on=on) == (0, "", "")
    assert len(web.requests) == 1


def test_nothing_to_tell_says_nothing_and_sends_nothing(desk: Desk, web: Web) -> None:
    desk.targets(default=[web.url("wecom")])
    assert desk.notify() == (0, "", "")
    assert desk.notify("--json") == (0, "[]\n", "")
    assert web.requests == []


@pytest.mark.parametrize(
    ("more", "on", "now"),
    [  # the day before (R-004-23), from the time of digests on
        ("", "2024-06-10T08:29", False),
        ("", "2024-06-10T08:30", True),
        ("", "2024-06-10", True),
        ("", "2024-06-09", False),
        ("remind: 2024-06-05\n", "2024-06-05T08:29", False),
        ("remind: 2024-06-05\n", "2024-06-05T08:30", True),
        ("remind: 2024-06-11T10:00\n", "2024-06-10T12:00", False),
        ("remind: 2024-06-11T10:00\n", "2024-06-11T09:59", False),
        ("remind: 2024-06-11T10:00\n", "2024-06-11T10:00", True),
        ("remind: 2023-12-01\n", "2023-12-01T09:00", True),
    ],
)
def test_from_when_on_a_followup_is_told(desk: Desk, web: Web, more: str, on: str, now: bool) -> None:
    desk.followup("aaaa", "2024-06-11", more)
    desk.targets(default=[web.url("wecom")])
    desk.notify(on=on)
    assert bool(web.requests) is now


def test_a_reminder_half_a_year_ahead_of_its_day(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2025-12-01", "remind: 2024-06-08\n")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    assert len(web.requests) == 1


def test_the_time_of_digests_is_the_books(desk: Desk, web: Web) -> None:
    desk.write("crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace("08:30", "17:00"))
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify(on="2024-06-08T16:59")
    assert web.requests == []
    desk.notify(on="2024-06-08T17:00")
    assert len(web.requests) == 1


def test_a_complaint_is_told_at_once_and_each_clock_once(desk: Desk, web: Web) -> None:
    desk.write(
        "customers/2024/202406-001/feedback-240608-aaaa.yaml",
        "type: complaint\nreceived_at: 2024-06-08T05:00\ncontent: 压力不稳\nowner: 李四\n",
    )
    desk.targets(default=[web.url("wecom")])
    for on in ("2024-06-08T05:05", "2024-06-08T06:00", "2024-06-08T09:00", "2024-06-11T09:00"):
        assert desk.notify(on=on).code == 0
    (text,) = web.texts
    assert [name in text for name in ("sla.respond", "sla.resolve", "sla.revisit")] == [True] * 3


def test_days_that_cron_missed_are_caught_up(desk: Desk, web: Web) -> None:
    idents = [desk.followup(f"aaa{n}", f"2024-05-{10 + n}") for n in range(5)]
    desk.targets(default=[web.url("wecom")])
    desk.notify(on="2024-07-01T09:00")
    assert [told(web, i) for i in idents] == [1] * 5
    assert len(web.requests) == 1, "one digest"


def test_a_row_whose_day_moves_is_told_again(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    moved = "snoozed: [{from: 2024-06-09, to: 2024-06-20, why: 客户出差}]\n"
    ident = desk.followup("aaaa", "2024-06-09", moved)
    desk.notify(on="2024-06-18T09:00")
    assert len(web.requests) == 1
    desk.notify(on="2024-06-19T09:00")
    assert told(web, f"{ident}/2024-06-20") == 1


def test_one_by_one(desk: Desk, web: Web) -> None:
    for n in range(3):
        desk.followup(f"aaa{n}", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify("--one-by-one")
    assert len(web.requests) == 3


def test_the_book_may_ask_for_one_by_one(desk: Desk, web: Web) -> None:
    desk.write(
        "crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace('"08:30"', '"08:30", digest: false')
    )
    for n in range(3):
        desk.followup(f"aaa{n}", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify("--dry-run", "--digest")
    desk.notify()
    assert len(web.requests) == 3


# whom


def test_everybody_gets_his_own(desk: Desk, serve: Callable[..., Web], post: Post) -> None:
    lisi, rest = serve(), serve()
    desk.customer("202406-002", "上海示例", "owner: wangwu@example.com\n")
    desk.customer("202406-003", "广州示例", "")
    mine = desk.followup("aaaa", "2024-06-09")
    his = desk.followup("bbbb", "2024-06-09", number="202406-002")
    nobodys = desk.followup("cccc", "2024-06-09", number="202406-003")
    desk.targets(
        default=[rest.url("dingtalk")], 李四=[lisi.url("wecom")], 王五=[post.url("wangwu@example.com")]
    )
    assert desk.notify() == (0, "", "")
    assert [told(lisi, i) for i in (mine, his, nobodys)] == [1, 0, 0]
    assert [told(rest, i) for i in (mine, his, nobodys)] == [0, 0, 1]
    (mail,) = post.mails
    assert [i in mail.get_content() for i in (mine, his, nobodys)] == [False, True, False]


def test_colleagues_beside_the_owner_are_told_too(desk: Desk, serve: Callable[..., Web]) -> None:
    lisi, wangwu = serve(), serve()
    desk.write(
        "customers/2024/202406-001/feedback-240608-aaaa.yaml",
        "type: complaint\nreceived_at: 2024-06-08T08:00\ncontent: 压力不稳\nowner: 李四\ncollaborators: [王五]\n",
    )
    desk.targets(李四=[lisi.url("wecom")], 王五=[wangwu.url("wecom")])
    assert desk.notify().code == 0
    assert (len(lisi.requests), len(wangwu.requests)) == (1, 1)


def test_a_group_that_several_share_is_told_once(desk: Desk, web: Web) -> None:
    desk.write(
        "customers/2024/202406-001/feedback-240608-aaaa.yaml",
        "type: complaint\nreceived_at: 2024-06-08T08:00\ncontent: 压力不稳\nowner: 李四\ncollaborators: [王五]\n",
    )
    desk.targets(default=[web.url("wecom")])
    desk.notify("--owner", "王五")
    desk.notify("--owner", "李四")
    desk.notify()
    assert told(web, "sla.respond") == 1


def test_a_row_of_nobody_goes_to_everybody_without_a_default(desk: Desk, serve: Callable[..., Web]) -> None:
    one, other = serve(), serve()
    desk.customer(more="")
    desk.followup("aaaa", "2024-06-09")
    desk.targets(李四=[one.url("wecom")], 王五=[other.url("wecom")])
    desk.notify()
    assert (len(one.requests), len(other.requests)) == (1, 1)


def test_one_persons_rows_alone(desk: Desk, serve: Callable[..., Web]) -> None:
    one, other = serve(), serve()
    desk.customer("202406-002", "上海示例", "owner: 王五\n")
    desk.followup("aaaa", "2024-06-09")
    desk.followup("bbbb", "2024-06-09", number="202406-002")
    desk.targets(李四=[one.url("wecom")], 王五=[other.url("wecom")])
    desk.notify("--owner", "me")
    assert (len(one.requests), len(other.requests)) == (1, 0)
    desk.notify()
    assert (len(one.requests), len(other.requests)) == (1, 1)
    assert desk.notify("--owner", "赵六").code == 2


def test_who_has_no_target_is_named(desk: Desk, web: Web) -> None:
    desk.customer("202406-002", "上海示例", "owner: 王五\n")
    desk.followup("aaaa", "2024-06-09")
    ident = desk.followup("bbbb", "2024-06-09", number="202406-002")
    desk.targets(李四=[web.url("wecom")])
    for _ in range(2):
        found = desk.notify()
        assert (found.code, found.out) == (1, "")
        assert "王五, 1 row(s): there is no target for this name" in found.err
    assert len(web.requests) == 1, "the rest went"
    desk.targets(李四=[web.url("wecom")], 王五=[web.url("feishu")])
    web.always = 200, FEISHU_OK
    assert desk.notify() == (0, "", "")
    assert told(web, ident) == 1


def test_a_handed_over_customer_is_told_to_the_new_owner(desk: Desk, serve: Callable[..., Web]) -> None:
    one, other = serve(), serve()
    ident = desk.followup("aaaa", "2024-06-09")
    desk.targets(李四=[one.url("wecom")], 王五=[other.url("wecom")])
    desk.notify()
    desk.customer(more="owner: 王五\n")
    for _ in range(2):
        desk.notify(on="2024-06-09T09:00")
    assert (told(one, ident), told(other, ident)) == (1, 1)


# channels


def test_a_target_added_later_is_not_told_what_was_told(desk: Desk, serve: Callable[..., Web]) -> None:
    old, new = serve(), serve()
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[old.url("wecom")])
    desk.notify()
    ident = desk.followup("bbbb", "2024-06-09")
    desk.targets(default=[old.url("wecom"), new.url("wecom")])
    desk.notify()
    assert (len(old.requests), len(new.requests)) == (2, 1)
    assert told(new, ident) == 1


def test_a_new_address_takes_over_what_the_old_never_got(desk: Desk, serve: Callable[..., Web]) -> None:
    old, new = serve(always=WRONG), serve()
    ident = desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[old.url("wecom")])
    assert desk.notify().code == 1
    desk.targets(default=[new.url("wecom")])
    assert desk.notify() == (0, "", "")
    assert told(new, ident) == 1


def test_only_the_target_that_failed_is_tried_again(
    desk: Desk, serve: Callable[..., Web], post: Post
) -> None:
    bad, good = serve(always=WRONG), serve()
    ident = desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[bad.url("wecom"), good.url("dingtalk"), post.url()])
    found = desk.notify()
    assert found.code == 1
    assert "invalid webhook url (93000)" in found.err
    assert "693a91f6" not in found.err
    assert (told(good, ident), len(post.mails)) == (1, 1)
    bad.always = 200, OK
    assert desk.notify() == (0, "", "")
    assert (told(bad, ident), told(good, ident), len(post.mails)) == (2, 1, 1)


def test_too_many_at_a_time_go_with_the_next_run(desk: Desk, web: Web) -> None:
    idents = [desk.followup(f"aa{n:02}", "2024-06-09") for n in range(6)]
    web.answers = [(200, OK), (200, OK), NOT_NOW]
    desk.targets(default=[web.url("wecom")])
    found = desk.notify("--one-by-one")
    assert found.code == 1
    assert len(web.requests) == 3, "it is left alone"
    assert "1 row(s): it says: api freq out of limit (45009)" in found.err
    assert "3 row(s): not tried any more" in found.err
    assert desk.notify("--one-by-one") == (0, "", "")
    assert sum(told(web, i) for i in idents) == 7, "each once, besides the one that was refused"


def test_one_row_that_a_robot_will_not_have_keeps_no_other_back(desk: Desk, web: Web) -> None:
    """Robots refuse words; the digest goes row by row then, and the one is named."""
    idents = [desk.followup(f"aaa{n}", "2024-06-09") for n in range(4)]
    words = (200, b'{"errcode":40058,"errmsg":"invalid content"}')
    web.answers = [words, (200, OK), words]
    desk.targets(default=[web.url("wecom")])
    found = desk.notify()
    assert found.code == 1
    assert "1 row(s): it says: invalid content (40058)" in found.err
    assert [told(web, i) for i in idents] == [2] * 4
    assert desk.notify() == (0, "", "")
    assert [told(web, i) for i in idents] == [2, 3, 2, 2]


def test_a_robot_that_refuses_everything_is_left_alone(desk: Desk, web: Web) -> None:
    for n in range(8):
        desk.followup(f"aaa{n}", "2024-06-09")
    web.always = (200, b'{"errcode":40058,"errmsg":"invalid content"}')
    desk.targets(default=[web.url("wecom")])
    assert desk.notify().code == 1
    assert len(web.requests) == 3


def test_a_refused_digest_may_come_back_bigger(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    web.answers = [WRONG]
    assert desk.notify().code == 1
    desk.followup("bbbb", "2024-06-09")
    assert desk.notify().code == 0
    assert [text.count("/followup/") for text in web.texts] == [1, 2]


def test_what_nobody_knows_goes_again_the_same_and_later(desk: Desk, web: Web, post: Post) -> None:
    """A lost answer: the same rows under the same key, so that the target may know them; new rows apart."""
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom"), post.url()])
    web.answers, post.data = ["reset"], "drop"
    assert desk.notify(on="2024-06-08T09:00").code == 1
    desk.followup("bbbb", "2024-06-09")
    post.data = "250 OK"
    again = desk.notify(on="2024-06-08T09:01")
    assert again.code == 1
    assert "nobody knows whether it arrived; it goes again from 2024-06-08 09:05" in again.err
    assert [text.count("/followup/") for text in web.texts] == [1, 1], "the new one went"
    assert desk.notify(on="2024-06-08T09:06") == (0, "", "")
    assert [text.count("/followup/") for text in web.texts] == [1, 1, 1]
    ids = [str(m["Message-ID"]) for m in post.mails]
    assert (len(ids), len(set(ids))) == (3, 2)
    assert desk.notify(on="2024-06-09T09:06") == (0, "", "")


def test_pauses_grow_while_nobody_knows(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    web.always = (500, b"")
    for minute in range(60):
        assert desk.notify(on=f"2024-06-08T09:{minute:02}").code == 1
    assert len(web.requests) == 4, "after 5, 10, 20 minutes"


def test_an_answered_row_is_not_sent_again(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    web.answers = ["reset"]
    assert desk.notify().code == 1
    desk.write(
        "customers/2024/202406-001/followup-240601-aaaa.yaml",
        "status: done\nat: 2024-06-08\nchannels: [phone]\n",
    )
    assert desk.notify(on="2024-06-08T12:00") == (0, "", "")
    assert len(web.requests) == 1


def test_to_names_a_person_or_a_channel(desk: Desk, serve: Callable[..., Web], post: Post) -> None:
    web = serve()
    desk.followup("aaaa", "2024-06-09")
    desk.targets(李四=[web.url("wecom"), post.url()])
    assert desk.notify("--to", "mail").code == 0
    assert (len(web.requests), len(post.mails)) == (0, 1)
    assert desk.notify("--to", "李四").code == 0
    assert (len(web.requests), len(post.mails)) == (1, 1)
    unknown = desk.notify("--to", "slack")
    assert (
        unknown.code,
        "李四, mail, wecom" in unknown.err.replace("mail, wecom, 李四", "李四, mail, wecom"),
    ) == (1, True)


def test_the_book_may_name_channels(desk: Desk, web: Web, post: Post) -> None:
    desk.write(
        "crm.yaml",
        (desk.root / "crm.yaml").read_text("utf-8").replace('"08:30"', '"08:30", channels: [mail]'),
    )
    desk.followup("aaaa", "2024-06-09")
    desk.targets(李四=[web.url("wecom"), post.url()])
    assert desk.notify().code == 0
    assert (len(web.requests), len(post.mails)) == (0, 1)


# looking


def test_a_trial_changes_nothing(desk: Desk, web: Web) -> None:
    ident = desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    shown = desk.notify("--dry-run", "--format", "table")
    assert ident in shown.out
    assert "wecom …5aaa" in shown.out
    assert "693a91f6" not in shown.out
    (message,) = json.loads(desk.notify("--dry-run", "--json").out)
    assert (message["state"], len(message["rows"])) == ("dry_run", 1)
    assert web.requests == []
    assert not list(desk.root.parent.glob("state/crmkit/notify/*")), "no memory is begun"
    desk.notify()
    assert len(web.requests) == 1
    assert desk.notify("--dry-run", "--json").out == "[]\n"


def test_a_test_message_goes_to_every_target_and_is_not_remembered(desk: Desk, web: Web, post: Post) -> None:
    desk.targets(default=[web.url("wecom")], 李四=[post.url()])
    desk.followup("aaaa", "2024-06-09")
    found = desk.notify("--test")
    assert (found.code, sorted(found.out.splitlines())) == (
        0,
        ["mail l***@example.com: delivered", "wecom …5aaa: delivered"],
    )
    web.always = WRONG
    failed = desk.notify("--test")
    assert failed.code == 1
    assert "wecom …5aaa: it says: invalid webhook url (93000)" in failed.err
    web.always = 200, OK
    desk.notify()
    assert "followup-240601-aaaa" in post.mails[-1].get_content()


def test_json_says_what_became_of_each(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    (sent,) = json.loads(desk.notify("--json").out)
    assert sent == {
        "to": "wecom …5aaa",
        "channel": "wecom",
        "state": "sent",
        "rows": ["202406-001/followup/followup-240601-aaaa/2024-06-09"],
        "said": "",
    }


# the memory


def commit(desk: Desk, message: str = "first") -> Path:
    for words in (
        ["init", "-q"],
        ["add", "crm.yaml", "customers"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", message],
    ):
        subprocess.run(["git", "-C", str(desk.root), *words], check=True)
    return desk.root


def memory(desk: Desk) -> Path:
    (found,) = desk.root.parent.glob("state/crmkit/notify/*.sqlite")
    return found


def test_the_memory_is_private_and_holds_no_names(desk: Desk, web: Web) -> None:
    desk.write(
        "customers/2024/202406-001/customer.yaml",
        "name: 北京示例有限公司\nowner: 李四\ncontacts: [{name: 王经理, birthday: 1980-06-09, mobile: 13812345678}]\n",
    )
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    assert told(web, "date.birthday/王经理") == 1
    raw = memory(desk).read_bytes()
    for word in ("王经理", "李四", "示例", "202406-001", "followup", "693a91f6", "13812345678"):
        assert word.encode() not in raw
    for path in memory(desk).parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    assert not list((desk.root / ".crm").glob("**/notify*"))


def test_a_book_that_moves_keeps_its_memory(desk: Desk, web: Web) -> None:
    root = commit(desk)
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    desk.root = root.rename(root.with_name("moved"))
    desk.notify()
    assert len(web.requests) == 1


def test_another_book_in_the_same_place_starts_anew(desk: Desk, web: Web) -> None:
    """Its rows may have the very same ids, and nobody was told of them."""
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    commit(desk)
    desk.notify()
    shutil.rmtree(desk.root / ".git")
    commit(desk, "another")
    assert desk.notify("--dry-run", "--json").out != "[]\n"
    desk.notify()
    assert len(web.requests) == 2


def test_two_books_with_one_history_do_not_share_their_memory(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    root = commit(desk)
    shutil.copytree(root, root.with_name("twin"))
    desk.notify()
    desk.root = root.with_name("twin")
    desk.notify()
    assert len(web.requests) == 2


def test_a_memory_that_is_damaged_sends_nothing(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    path = memory(desk)
    whole = path.read_bytes()
    for raw in (
        b"not a database at all" * 100,
        whole[:4096] + b"\xff" * (len(whole) - 4096),
        whole[: len(whole) // 2],
    ):
        path.write_bytes(raw)
        found = desk.notify(on="2024-06-08T10:00")
        assert found.code == 1
        assert "is damaged" in found.err
        assert len(web.requests) == 1
    path.unlink()
    assert desk.notify(on="2024-06-08T10:00").code == 0
    assert len(web.requests) == 2, "told once more, as it said"


def test_where_nothing_can_be_remembered_nothing_is_sent(
    desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    blocked = desk.root.parent / "blocked"
    blocked.write_text("a file, no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert desk.notify().code == 1
    assert web.requests == []


def test_old_rows_are_forgotten_and_present_ones_are_not(desk: Desk, web: Web) -> None:
    desk.followup("aaaa", "2024-06-09")
    desk.followup("bbbb", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    desk.notify()
    (desk.root / "customers/2024/202406-001/followup-240601-bbbb.yaml").unlink()
    desk.notify(on="2026-01-01T09:00")
    assert len(web.requests) == 1, "an open row is not told again, however old"
    with sqlite3.connect(memory(desk)) as db:
        count = db.execute("SELECT count(*) FROM item").fetchone()[0]
    db.close()
    assert count == 1


def processes(desk: Desk, count: int) -> list[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "crmkit", "--book", str(desk.root), "notify", "--on", "2024-06-08T09:00"]
    return [subprocess.Popen(words, stderr=subprocess.PIPE, env=dict(os.environ)) for _ in range(count)]


def test_runs_at_the_same_time_send_once(desk: Desk, web: Web) -> None:
    idents = [desk.followup(f"aaa{n}", "2024-06-09") for n in range(4)]
    web.arrived = lambda _request: time.sleep(0.3)  # so that they surely overlap
    desk.write(
        "crm.yaml", (desk.root / "crm.yaml").read_text("utf-8").replace('"08:30"', '"08:30", digest: false')
    )
    desk.targets(default=[web.url("wecom")])
    running = processes(desk, 3)
    ended = [(p.communicate(timeout=60)[1], p.returncode) for p in running]
    assert ended == [(b"", 0)] * 3
    assert [told(web, i) for i in idents] == [1] * 4


def test_who_cannot_wait_leaves_in_silence(desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmkit.book.layout import Book
    from crmkit.notify import memory as notes

    desk.followup("aaaa", "2024-06-09")
    desk.targets(default=[web.url("wecom")])
    monkeypatch.setattr(notes, "WAIT", 0.2)
    with notes.remembered(Book(desk.root), dict(os.environ)):
        assert desk.notify() == (0, "", "")
    assert web.requests == []
    assert desk.notify() == (0, "", "")
    assert len(web.requests) == 1
