"""Whole books out and in, cards, duplicates, merging, attachments (R-000-15, R-000-16, R-000-63, R-001-18, R-003-48)."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vobject

Crm = Callable[..., Any]
SAMPLE = Path(__file__).parents[2] / "sample_data"
ON = ("--on", "2024-06-15")


def lines(text: str) -> dict[str, Any]:
    return {doc["id"]: doc for doc in map(json.loads, text.splitlines())}


@pytest.fixture
def sample(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the sample book, seen by its data manager."""
    book = tmp_path / "sample"
    assert crm("init", str(book), "--sample", "-q").code == 0
    monkeypatch.chdir(book)
    monkeypatch.setenv("CRM_USER", "赵静")
    return book


@pytest.mark.parametrize("ending", ["jsonl", "json", "xlsx"])
def test_a_whole_book_comes_back_equal(sample: Path, tmp_path: Path, crm: Crm, ending: str) -> None:
    out = tmp_path / f"book.{ending}"
    assert crm("export", "book", "--reveal", "-o", str(out)).code == 0
    before = lines(crm("export", "book", "--reveal", "--format", "jsonl").out)
    other = tmp_path / "other"
    assert crm("init", str(other), "--no-review", "-q").code == 0
    settings = (sample / "crm.yaml").read_text("utf-8").replace("required: true", "required: false")
    settings = re.sub(r"(?m)^team:\n(?:  .*\n)+", "", settings)  # nobody's stamps are anybody's claim
    (other / "crm.yaml").write_text(settings, "utf-8")
    done = crm("--book", str(other), "import", str(out), "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["added"] == len(before)
    after = lines(crm("--book", str(other), "export", "book", "--reveal", "--format", "jsonl").out)
    assert after == before
    again = json.loads(crm("--book", str(other), "import", str(out), "--json").out)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, len(before))


def test_bad_json_lines_are_kept_for_mending(book: Path, tmp_path: Path, crm: Crm) -> None:
    text = (
        '{"kind": "customer", "name": "甲方科技有限公司", "employees": "many"}\n'
        "{broken\n"
        '{"kind": "custmer", "name": "x"}\n'
        '{"kind": "followup", "customer": "202406-001", "at": "2024-06-01T10:00", "by": "王五", "content": "电话沟通"}\n'
        '{"kind": "followup", "customer": "nobody", "at": "2024-06-01", "content": "x"}\n'
    )
    (tmp_path / "in.jsonl").write_text(text, "utf-8")
    done = crm("import", str(tmp_path / "in.jsonl"))
    assert done.code == 1
    bad = [json.loads(line) for line in (tmp_path / "in-errors.jsonl").read_text("utf-8").splitlines()]
    assert [b.get("name", b.get("text", b.get("content"))) for b in bad] == [
        "甲方科技有限公司",
        "{broken",
        "x",
        "x",
    ]
    assert all(b["why"] for b in bad)
    talks = json.loads(crm("list", "followup", "by:王五", "--json").out)
    assert [(t["by"], t["at"], t["status"]) for t in talks] == [("王五", "2024-06-01T10:00+08:00", "done")]
    assert talks[0]["id"].startswith("followup-240601-")


def test_follow_ups_keep_author_and_date_and_come_once(book: Path, tmp_path: Path, crm: Crm) -> None:
    text = "客户,跟进人,跟进时间,跟进方式,跟进内容\n北京示例信息技术股份有限公司,王五,2023/5/6 14:30,电话,谈价格\n202406-001,李四,2023年6月1日,上门拜访,看现场\n"
    (tmp_path / "t.csv").write_bytes(text.encode("gb18030"))
    assert crm("import", str(tmp_path / "t.csv")).code == 0
    talks = json.loads(crm("list", "followup", "at<2024", "--sort", "at", "--json").out)
    assert [(t["by"], t["at"], t["channels"]) for t in talks] == [
        ("王五", "2023-05-06T14:30+08:00", ["phone"]), ("李四", "2023-06-01", ["visit"]),
    ]  # fmt: skip
    again = json.loads(crm("import", str(tmp_path / "t.csv"), "--json").out)
    assert (again["added"], again["unchanged"]) == (0, 2)


CARDS = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=E6=98=8E;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=E5=B0=8F=
=E6=98=8E
TEL;CELL;PREF:138-0013-8000
TEL;WORK;VOICE:010-88886667
TEL;WORK;FAX:010-88886668
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=8C=97=E4=BA=AC=E7=94=B2=E4=B9=99=E7=A7=91=E6=8A=80=E6=9C=89=E9=99=90=E5=85=AC=E5=8F=B8;=E9=87=87=E8=B4=AD=E9=83=A8
EMAIL;INTERNET:wang@example.com
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 /2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkS

END:VCARD
BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.0//EN
N:李;红;;;
FN:李红
ORG:上海样本股份有限公司;
item1.TEL;type=pref:+86 139 0013 9000
item1.X-ABLabel:_$!<Mobile>!$_
item2.ADR;type=WORK;type=pref:;;张江路 1 号\\n2 楼;上海市;上海市;201203;中国
BDAY;X-APPLE-OMIT-YEAR=1604:1604-06-18
IMPP;X-SERVICE-TYPE=WeChat;type=pref:x-apple:lihong_wx
NOTE:第一行\\n第二行\\, 有逗号\\; 和分号 很长很长很长很长很长很长很长很长很长
 很长很长
END:VCARD
BEGIN:VCARD
VERSION:4.0
N:Schmidt;Anna;;Dr.;
FN:Anna Schmidt
TEL;VALUE=uri;TYPE="cell,voice":tel:+49-151-12345678
EMAIL;PREF=1:anna@example.org
BDAY:19850618
END:VCARD
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_cards_of_phones_and_mail_programs(book: Path, tmp_path: Path, crm: Crm, ends: str) -> None:
    (tmp_path / "a.vcf").write_bytes(CARDS.replace("\n", ends).encode())
    assert crm("import", str(tmp_path / "a.vcf")).code == 0
    got = {c["name"]: c for c in json.loads(crm("list", "customer", "--json").out)}
    assert got["北京甲乙科技有限公司"]["contacts"] == [
        {"name": "王小明", "department": "采购部", "phone": "010-88886667", "mobile": "138-0013-8000", "email": "wang@example.com"}
    ]  # fmt: skip
    second = got["上海样本股份有限公司"]
    assert second["contacts"][0] == {"name": "李红", "mobile": "+86 139 0013 9000", "wechat": "lihong_wx"}
    assert second["address"]["street"] == "张江路 1 号 2 楼"
    assert second["note"].startswith("第一行\n第二行, 有逗号; 和分号")
    assert "很长很长很长" in second["note"]
    person = got["Anna Schmidt"]
    assert (person["type"], person["phone"], person["birthday"]) == (
        "person",
        "+49-151-12345678",
        "1985-06-18",
    )
    out = tmp_path / "b.vcf"
    assert crm("export", "customer", "--reveal", "-o", str(out)).code == 0
    read = list(vobject.readComponents(out.read_text("utf-8")))
    assert {c.fn.value for c in read} == {"王经理", "王小明", "李红", "Anna Schmidt"}
    told = json.loads(crm("import", str(out), "--json").out)
    assert (told["added"], told["updated"]) == (0, 0)


def test_duplicates_are_found_and_a_word_is_said_at_entry(book: Path, crm: Crm) -> None:
    assert crm("dupes").out.count("\n") <= 1
    new = crm("add", "customer", "name=北京示例信息技术有限公司", "contacts.0.name=王经理")
    assert new.code == 0
    assert "looks like 202406-001" in new.err
    crm("add", "customer", "name=BeiJing ShiLi XinXi JiShu", "contacts.0.phone=010-8888 6666")
    crm("add", "customer", "name=上海别家贸易有限公司", "contacts.0.mobile=13800138000")
    found = json.loads(crm("dupes", "--json").out)
    assert {(d["id"], d["why"][0]) for d in found} >= {("202406-001", "name"), ("202406-001", "sound")}
    assert all("上海别家" not in d["name"] + d["other_name"] for d in found)


def test_an_import_says_what_looks_alike(book: Path, tmp_path: Path, crm: Crm) -> None:
    (tmp_path / "a.csv").write_text(
        "客户名称,手机\n北京示例信息技术有限公司,13800138000\n上海别家贸易有限公司,010-88886666\n", "utf-8"
    )
    done = crm("import", str(tmp_path / "a.csv"))
    assert done.code == 0
    assert "row 2: looks like 202406-001" in done.err
    assert "row 3: looks like 202406-001" in done.err, "the same phone under another name"
    assert len(json.loads(crm("list", "customer", "--json").out)) == 3


def test_merging_loses_nothing(book: Path, tmp_path: Path, crm: Crm) -> None:
    made = crm(
        "add", "customer", "name=北京示例信息技术有限公司", "phone=01066668888", "industry=软件", "stage=intent",
        "contacts.0.name=王经理", "contacts.0.email=wang@example.com", "contacts.1.name=李工", "tags=高预算",
        "--on", "2024-06-10",
    )  # fmt: skip
    gone = made.out.strip()
    talk = crm("log", gone, "--channel", "phone", "--content", "谈过一次", "--at", "2024-06-10").out.strip()
    (tmp_path / "scan.pdf").write_bytes(b"%PDF\0\xff")
    assert crm("attach", gone, str(tmp_path / "scan.pdf"), "--as", "营业执照", *ON).code == 0
    campaign = crm("add", "campaign", "name=展会", f"participants.0.customer={gone}").out.strip()
    assert crm("rm", gone, "--dry-run").code == 0
    look = json.loads(crm("merge", "202406-001", gone, "--dry-run", "--json").out)
    assert {d["field"] for d in look["differ"]} == {"name", "stage"}
    before = sorted(
        p.relative_to(book)
        for p in book.rglob("*")
        if p.is_file() and ".git" not in p.parts and ".crm" not in p.parts
    )
    done = crm("merge", "202406-001", gone, "--yes")
    assert done.code == 0, done.err
    kept = json.loads(crm("show", gone, "--json").out)
    assert kept["id"] == "202406-001"
    assert (kept["phone"], kept["industry"], kept["stage"], kept["tags"]) == (
        "01066668888",
        "软件",
        "potential",
        ["高预算"],
    )
    assert [c["name"] for c in kept["contacts"]] == ["王经理", "李工"]
    assert kept["contacts"][0]["email"] == "wang@example.com"
    assert talk in {r["id"] for r in kept["records"]}
    assert [f["name"] for f in kept["files"]] == ["示例信息技术-营业执照-2024-06.pdf"]
    assert json.loads(crm("show", campaign, "--json").out)["participants"] == [{"customer": "202406-001"}]
    attic = (book / "customers/2024/202406-001/attic.yaml").read_text("utf-8")
    assert "北京示例信息技术有限公司" in attic
    assert "intent" in attic
    assert gone in (book / "customers/retired.txt").read_text("utf-8")
    assert crm("check").code == 0
    assert crm("undo", "--yes").code == 0
    after = sorted(
        p.relative_to(book)
        for p in book.rglob("*")
        if p.is_file() and ".git" not in p.parts and ".crm" not in p.parts
    )
    assert after == before


def test_merging_refuses_what_makes_no_sense(sample: Path, crm: Crm) -> None:
    assert crm("merge", "202406-001", "202406-001", "--yes").code == 2
    draft = crm("merge", "draft-240606-w3tq", "202406-001", "--yes")
    assert (draft.code, "crm merge 202406-001 draft-240606-w3tq" in draft.err) == (1, True)


def test_attachments_are_named_and_guarded(book: Path, tmp_path: Path, crm: Crm, git_log: Any) -> None:
    scan = tmp_path / "IMG 001.JPG"
    scan.write_bytes(b"\xff\xd8\0photo")
    first = crm("attach", "示例", str(scan), "--as", "营业执照", "--date", "2024-05-20", "--json")
    name = "customers/2024/202406-001/files/示例信息技术-营业执照-2024-05.jpg"
    assert json.loads(first.out)["changed"] == [name]
    assert (book / name).read_bytes() == scan.read_bytes()
    assert git_log()[0] == "attach 北京示例信息技术股份有限公司: 示例信息技术-营业执照-2024-05.jpg"
    crm("attach", "示例", str(scan), "--as", "营业执照", "--date", "2024-05-20")
    listed = json.loads(crm("attach", "示例", "--json").out)
    assert [f["name"] for f in listed] == [
        "示例信息技术-营业执照-2024-05-2.jpg",
        "示例信息技术-营业执照-2024-05.jpg",
    ]
    assert "示例信息技术-营业执照-2024-05.jpg" in crm("show", "示例", "--format", "table").out
    assert crm("check").code == 0
    assert crm("undo", "--yes").code == 0
    assert len(json.loads(crm("attach", "示例", "--json").out)) == 1
    os.link(scan, tmp_path / "twin.jpg")
    (tmp_path / "link.jpg").symlink_to(scan)
    for wrong in ("twin.jpg", "link.jpg", "missing.jpg", "."):
        assert crm("attach", "示例", str(tmp_path / wrong), "--as", "x").code == 1
    (tmp_path / "twin.jpg").unlink()
    with (book / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write("attachments: 4 B\n")
    assert "larger than" in crm("attach", "示例", str(scan), "--as", "x").err
    shutil.rmtree(book / "customers/2024/202406-001/files")
    (tmp_path / "elsewhere").mkdir()
    (book / "customers/2024/202406-001/files").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "s.txt").write_text("abc")
    assert crm("attach", "示例", str(tmp_path / "s.txt"), "--as", "x").code == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("verb", ["import", "export", "dupes", "merge", "attach"])
def test_help_can_be_read(crm: Crm, verb: str) -> None:
    assert crm(verb, "--help").code == 0
