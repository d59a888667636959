"""Mails, meetings, forms and the folder that is watched; the read model for analysis (R-001-17, R-003-61)."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

Crm = Callable[..., Any]

MAIL = """From: =?GB2312?B?zfU=?= <wang@beijing-shili.example.net>
To: "Zhang San" <zhang@ours.example.org>
Subject: =?UTF-8?B?5YWz5LqO5oql5Lu3?=
Date: Thu, 06 Jun 2024 09:30:00 +0800
Message-ID: <abc123@beijing-shili.example.net>
MIME-Version: 1.0
Content-Type: text/html; charset=gb2312
Content-Transfer-Encoding: base64

"""
PAGE = "<html><head><style>p{}</style></head><body><p>你好，</p><p>报价收到，<b>价格</b>再谈。</p>-----原始邮件-----<br>旧的</body></html>"
MEETING = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:China Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E000
DTSTART;TZID=China Standard Time:2024062{day}T140000
SUMMARY;LANGUAGE=zh-cn:方案评审\\, 第二轮
LOCATION:三楼
ORGANIZER;CN=Zhang San:mailto:zhang@ours.example.org
ATTENDEE;ROLE=REQ-PARTICIPANT;CN="王经理":mailto:other@beijing-
 shili.example.net
DESCRIPTION:带上测算表\\n请准时
BEGIN:VALARM
DESCRIPTION:REMINDER
END:VALARM
END:VEVENT
END:VCALENDAR
"""
ON = ("--on", "2024-06-15")


@pytest.fixture
def talks(book: Path, tmp_path: Path, crm: Crm) -> Path:
    assert crm("set", "202406-001", "contacts.0.email=wang@beijing-shili.example.net").code == 0
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(MAIL.encode() + base64.encodebytes(PAGE.encode("gb18030")))
    (folder / "b.ics").write_bytes(MEETING.format(day=0).replace("\n", "\r\n").encode())
    return folder


def test_mails_and_meetings_become_follow_ups_once(talks: Path, crm: Crm) -> None:
    (talks / "c.eml").write_text(
        "From: x@nowhere.org\nTo: y@z.org\nSubject: hi\nDate: Thu, 06 Jun 2024 09:30:00 +0800\n\nhi\n"
    )
    done = crm("import", str(talks), *ON)
    assert done.code == 1, done.err
    assert "nowhere.org" in done.err
    found = {t["channels"][0]: t for t in json.loads(crm("list", "followup", "has:origin", "--json").out)}
    mail, meeting = found["email"], found["meeting"]
    assert (mail["subject"], mail["at"], mail["content"]) == (
        "关于报价",
        "2024-06-06T09:30+08:00",
        "你好，\n\n报价收到，价格再谈。",
    )
    assert (mail["contact"], mail["participants"], mail["status"]) == ("王经理", ["王", "Zhang San"], "done")
    assert (meeting["status"], meeting["due"], meeting["reason"]) == (
        "planned",
        "2024-06-20T14:00+08:00",
        "方案评审, 第二轮",
    )
    again = json.loads(crm("import", str(talks), "--json", *ON).out)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 2)
    (talks / "b.ics").write_text(MEETING.format(day=1))
    moved = json.loads(crm("import", str(talks / "b.ics"), "--json", *ON).out)
    assert (moved["added"], moved["updated"]) == (0, 1)
    assert json.loads(crm("show", meeting["id"], "--json").out)["due"] == "2024-06-21T14:00+08:00"


def old(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))


def test_a_folder_is_emptied_and_no_file_comes_twice(
    book: Path, tmp_path: Path, crm: Crm, git_log: Any
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    good = "客户名称,手机\n甲方科技有限公司,13800138001\n"
    (inbox / "good.csv").write_text(good, "utf-8")
    (inbox / "half.csv").write_text(
        "客户名称,成立日期\n乙方科技有限公司,2020-01-01\n丙方科技有限公司,6/5/2024\n", "utf-8"
    )
    (inbox / "bad.xlsx").write_bytes(b"PK\x03\x04nothing")
    (inbox / "coming.csv.part").write_text(good)
    (inbox / "link.csv").symlink_to(book / "crm.yaml")
    for path in inbox.glob("*.*"):
        if not path.is_symlink():
            old(path)
    done = crm("import", "--watch", str(inbox), "--once", "source=线上平台")
    assert done.code == 1
    assert sorted(p.name for p in (inbox / "done").iterdir()) == [".imported", "good.csv"]
    assert sorted(p.name for p in (inbox / "failed").iterdir()) == [
        "bad.xlsx",
        "bad.xlsx.txt",
        "half-errors.csv",
        "half.csv",
    ]
    assert sorted(p.name for p in inbox.iterdir() if p.is_file() and p.name[0] != ".") == [
        "coming.csv.part",
        "link.csv",
    ]
    got = {c["name"]: c for c in json.loads(crm("list", "customer", "--json").out)}
    assert got["甲方科技有限公司"]["source"] == "online"
    assert "乙方科技有限公司" in got
    (inbox / "again.csv").write_text(good, "utf-8")
    old(inbox / "again.csv")
    before = git_log()
    assert crm("import", "--watch", str(inbox), "--once").code == 0
    assert git_log() == before
    assert (inbox / "done/again.csv").exists()


def test_a_form_is_filled_in_and_read_back(book: Path, tmp_path: Path, crm: Crm) -> None:
    path = tmp_path / "合作意向申请表.xlsx"
    assert crm("export", "form", "--kind", "customer", "-o", str(path), "--lang", "zh").code == 0
    made = openpyxl.load_workbook(path)
    page = made.worksheets[0]
    heads = [c.value for c in page[3]]
    assert page["A1"].value == "合作意向申请表"
    assert "客户名称 *" in heads
    assert page.cell(3, heads.index("客户名称 *") + 1).comment
    lists = {str(v.sqref).split(":")[0][0]: v.formula1 for v in page.data_validations.dataValidation}
    assert any("企业客户" in (f or "") for f in lists.values())
    answers = {"客户名称 *": "杭州来访科技有限公司", "客户类别": "企业客户", "联系人姓名": "钱多", "联系人手机": "13600136000",
               "需求描述": "采购台式电脑20台", "预算": "50-80万", "客户来源": "展会"}  # fmt: skip
    for head, value in answers.items():
        page.cell(4, heads.index(head) + 1, value)
    made.save(path)
    done = crm("import", str(path), "collected_by=form")
    assert done.code == 0, done.err
    got = json.loads(crm("list", "customer", "杭州来访", "--json").out)[0]
    assert (got["type"], got["source"], got["collected_by"]) == ("company", "exhibition", "form")
    assert got["contacts"] == [{"name": "钱多", "mobile": "13600136000"}]
    assert got["needs"] == [{"summary": "采购台式电脑20台", "budget": {"min": 500000, "max": 800000}}]
    for kind in ("followup", "order", "product"):
        assert crm("export", "form", "--kind", kind, "-o", str(path)).code == 0


QUERY = "SELECT month, sum(amount) FROM read_parquet('{folder}/order/*/*.parquet', hive_partitioning = true) GROUP BY month ORDER BY month"
"""As docs/exchange.md has it."""


def test_the_read_model_in_parquet_and_duckdb(book: Path, tmp_path: Path, crm: Crm) -> None:
    for number, day, amount in (
        ("A1", "2024-05-02", "1.5万"),
        ("A2", "2024-05-20", "500.25"),
        ("A3", "2024-06-01", "7"),
    ):
        done = crm("add", "order", "202406-001", f"number={number}", f"ordered_on={day}", f"amount={amount}", "items.0.product=x", "items.0.quantity=2")  # fmt: skip
        assert done.code == 0, done.err
    folder, path = tmp_path / "lake", tmp_path / "crm.duckdb"
    for _ in range(2):
        assert crm("export", "parquet", "-o", str(folder)).code == 0
    assert crm("export", "duckdb", "-o", str(path)).code == 0
    assert QUERY.format(folder="FOLDER") in (Path(__file__).parents[2] / "docs/exchange.md").read_text(
        "utf-8"
    )
    with duckdb.connect() as db:
        found = db.execute(QUERY.format(folder=folder)).fetchall()
    assert [(m, float(a)) for m, a in found] == [("2024-05", 15500.25), ("2024-06", 7.0)]
    with duckdb.connect(str(path), read_only=True) as db:
        joined = db.execute('SELECT c.name, count(*), sum(i.quantity) FROM "order" o JOIN order_items i USING (id) JOIN customer c ON c.id = o.customer GROUP BY 1').fetchall()  # fmt: skip
        kinds = dict(
            db.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'order'"
            ).fetchall()
        )
        assert db.execute("SELECT count(*) FROM agenda").fetchall()[0][0] > 0
        assert "01088886666" not in str(db.execute("SELECT * FROM customer_contacts").fetchall())
    assert joined == [("北京示例信息技术股份有限公司", 3, 6.0)]
    assert (kinds["ordered_on"], kinds["amount"]) == ("DATE", "DECIMAL(18,2)")
