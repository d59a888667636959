"""Every report on the sample book against numbers reckoned another way: SQL over the files as another reader gives them."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest
from tests.reports import raw

from crmkit import i18n
from crmkit.actions import report
from crmkit.actions.session import Session, open_session

SAMPLE = Path(__file__).parents[2] / "sample_data"
TODAY = "2024-06-15"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def session(book: Path) -> Iterator[Session]:
    i18n.set_language("en")
    opened = open_session(book=str(book), actor="赵静", on=TODAY)
    yield opened
    opened.index.close()


@pytest.fixture(scope="module")
def db(book: Path) -> sqlite3.Connection:
    return raw.load(book)


def told(session: Session, name: str, **ask: str) -> dict[str, Any]:
    return report.report(session, name, report.Ask(**ask)).to_json()  # type: ignore[arg-type]


def asked(db: sqlite3.Connection, sql: str, *params: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.execute(sql, params)]


def pairs(rows: Rows, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[n] for n in names) for row in rows]


LINES = """
WITH line AS (
  SELECT o.id AS order_id, o.customer, o.day, o.currency, coalesce(p.id, i.product) AS product,
    i.quantity * i.price - coalesce(i.discount, 0) AS revenue,
    i.quantity * coalesce(i.cost, CASE WHEN p.currency = o.currency THEN p.cost END) AS cost
  FROM item i JOIN orders o ON o.id = i.order_id LEFT JOIN product p ON p.id = i.product
  WHERE coalesce(o.status, '') <> 'cancelled')
"""


def test_revenue_by_customer_product_month_and_year(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "revenue")
    for section, key, sql in (
        ("customers", "customer", "customer"),
        ("products", "product", "product"),
        ("months", "month", "substr(day, 1, 7)"),
        ("years", "year", "substr(day, 1, 4)"),
    ):
        wanted = asked(
            db,
            f"{LINES} SELECT {sql}, currency, count(DISTINCT order_id), round(sum(revenue), 2), "
            "round(sum(revenue - cost), 2) FROM line GROUP BY 1, 2",
        )
        rows = [
            (r[key], r["currency"], r["orders"], round(r["revenue"], 2), round(r["profit"], 2))
            for r in found[section]
        ]
        assert sorted(rows) == sorted(wanted), section
    # the amounts of the orders themselves, by no way through their lines
    whole = asked(db, "SELECT sum(amount) FROM orders WHERE status <> 'cancelled' AND currency = 'CNY'")[0][0]
    assert found["totals"]["customers"]["revenue"] == pytest.approx(whole, abs=0.001)
    assert {
        round(found["totals"][s]["revenue"], 2)
        for s in ("customers", "products", "months", "years", "purchases")
    } == {round(whole, 2)}


def test_revenue_of_a_period_of_an_owner_and_of_a_query(session: Session, db: sqlite3.Connection) -> None:
    half = told(session, "revenue", first="2024-01-01", last="2024-06-30")
    wanted = asked(
        db,
        "SELECT sum(amount) FROM orders WHERE status <> 'cancelled' AND day BETWEEN '2024-01-01' AND '2024-06-30'",
    )
    assert half["totals"]["years"]["revenue"] == pytest.approx(wanted[0][0])
    sql = "SELECT sum(o.amount) FROM orders o JOIN customer c ON c.id = o.customer WHERE o.status <> 'cancelled' AND "
    mine = told(session, "revenue", owner="李四")
    assert mine["totals"]["years"]["revenue"] == pytest.approx(
        asked(db, sql + "coalesce(o.owner, c.owner) = '李四'")[0][0]
    )
    east = told(session, "revenue", query="region:华东")
    places = "'上海市', '江苏省', '浙江省', '安徽省', '福建省', '江西省', '山东省'"
    assert east["totals"]["years"]["revenue"] == pytest.approx(
        asked(db, sql + f"c.province IN ({places})")[0][0]
    )


def test_pipeline_by_stage_and_month(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "pipeline")
    sums = "currency, count(*), sum(amount), round(sum(amount * probability / 100.0), 2) FROM deal "
    is_open = "WHERE stage NOT IN ('won', 'lost') AND closed_on IS NULL "
    wanted = asked(db, f"SELECT coalesce(stage, 'new'), {sums} {is_open} GROUP BY 1, 2")
    assert sorted(pairs(found["stages"], "stage", "currency", "deals", "amount", "weighted")) == sorted(
        wanted
    )
    month = f"CASE WHEN close_date < '{TODAY}' THEN 'overdue' ELSE coalesce(substr(close_date, 1, 7), 'undated') END"
    wanted = asked(db, f"SELECT {month}, {sums} {is_open} GROUP BY 1, 2")
    assert sorted(pairs(found["forecast"], "month", "currency", "deals", "amount", "weighted")) == sorted(
        wanted
    )
    assert len(found["deals"]) == asked(db, f"SELECT count(*) FROM deal {is_open}")[0][0]
    july = told(session, "pipeline", first="2024-07-01", last="2024-07-31")
    wanted = asked(db, f"SELECT id FROM deal {is_open} AND close_date BETWEEN '2024-07-01' AND '2024-07-31'")
    assert sorted(pairs(july["deals"], "id")) == sorted(wanted)


def test_conversion_through_the_stages(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "conversion")
    order = ["new", "qualify", "proposal", "negotiation", "signing"]
    rank = " ".join(f"WHEN '{s}' THEN {n}" for n, s in enumerate(order))
    sql = f"""
      WITH place AS (
        SELECT d.id, d.stage, max(CASE s.stage {rank} END) AS upto, CASE d.stage {rank} END AS now
        FROM deal d LEFT JOIN step s ON s.deal = d.id GROUP BY d.id)
      SELECT CASE WHEN stage = 'won' THEN 5 ELSE max(coalesce(upto, 0), coalesce(now, 0)) END FROM place
    """
    reached = [row[0] for row in asked(db, sql)]
    counts = [sum(r >= n for r in reached) for n in range(6)]
    assert pairs(found["stages"], "stage", "reached") == [*zip([*order, "won"], counts, strict=True)]
    for n in range(5):
        assert found["stages"][n]["next"] == pytest.approx(100 * counts[n + 1] / counts[n])
    by_source = asked(
        db,
        "SELECT coalesce(source, ''), count(*), sum(stage = 'won'), sum(stage = 'lost') FROM deal GROUP BY 1",
    )
    assert sorted(pairs(found["sources"], "source", "deals", "won", "lost")) == sorted(by_source)
    cycles = asked(
        db,
        "SELECT d.id, julianday(coalesce((SELECT max(day) FROM step WHERE deal = d.id AND stage = 'won'), closed_on)) "
        "- julianday((SELECT min(day) FROM step WHERE deal = d.id)) FROM deal d WHERE stage = 'won'",
    )
    assert sorted(pairs(found["cycles"], "id", "cycle")) == sorted(cycles)
    assert found["totals"]["sources"]["cycle"] == median(c for _id, c in cycles)


def test_distribution_adds_up_and_is_counted_right(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "distribution")
    whole = asked(db, "SELECT count(*) FROM customer")[0][0]
    for section in ("sector", "industry", "region", "size", "stage", "source"):
        assert sum(r["customers"] for r in found[section]) == found["totals"][section]["customers"] == whole
        assert sum(r["share"] for r in found[section]) == pytest.approx(100)
        assert (
            sum(r["won"] for r in found[section])
            == asked(db, "SELECT count(*) FROM customer WHERE stage IN ('won', 'loyal')")[0][0]
        )
    makers = asked(
        db,
        "SELECT count(*) FROM customer WHERE industry LIKE '%制造业' OR industry LIKE '%加工业' OR industry = '纺织业'",
    )
    assert [r["customers"] for r in found["sector"] if r["value"] == "C"] == [makers[0][0]]
    size = """SELECT CASE WHEN type = 'person' THEN 'person' WHEN employees IS NULL THEN '' WHEN employees < 20 THEN 'micro'
      WHEN employees < 300 THEN 'small' WHEN employees < 1000 THEN 'medium' ELSE 'large' END, count(*) FROM customer GROUP BY 1"""
    assert sorted(pairs(found["size"], "value", "customers")) == sorted(asked(db, size))
    east = "SELECT count(*) FROM customer WHERE province IN ('上海市','江苏省','浙江省','安徽省','福建省','江西省','山东省')"
    assert [r["customers"] for r in found["region"] if r["value"] == "east"] == [asked(db, east)[0][0]]
    stages = asked(db, "SELECT coalesce(stage, 'potential'), count(*) FROM customer GROUP BY 1")
    assert sorted((r["value"], r["customers"]) for r in found["stage"] if r["customers"]) == sorted(stages)
    sources = asked(db, "SELECT coalesce(source, ''), count(*) FROM customer GROUP BY 1")
    assert sorted(pairs(found["source"], "value", "customers")) == sorted(sources)


def test_base_table(session: Session, db: sqlite3.Connection) -> None:
    found = report.report(session, "base", report.Ask())
    assert [c.name for c in found.sections[0].columns] == [
        "customer", "name", "tax_id", "industry", "address", "contact", "job_title", "phone", "email", "tags",
        "created_by", "created_on", "updated_on",
    ]  # fmt: skip
    rows = found.to_json()["customers"]
    wanted = asked(db, "SELECT id, name, created_on, updated_on FROM customer")
    assert sorted(pairs(rows, "customer", "name", "created_on", "updated_on")) == sorted(wanted)
    assert all("@" not in r["email"] or "***@" in r["email"] for r in rows), "masked unless revealed"
    plain = report.report(session, "base", report.Ask(reveal=True)).to_json()["customers"]
    assert [r["email"] for r in plain if r["customer"] == "202406-001"] == ["wangjianguo@bjshili.example.com"]


def test_follow_up_table_has_the_ten_columns_of_the_source(session: Session, db: sqlite3.Connection) -> None:
    found = report.report(session, "followups", report.Ask())
    assert [c.name for c in found.sections[0].columns] == [
        "on", "customer", "customer_name", "by", "channels", "content", "feedback", "next_step", "owner", "due",
    ]  # fmt: skip
    rows = found.to_json()["followups"]
    wanted = asked(
        db,
        "SELECT f.id, substr(f.at, 1, 10), f.customer, c.name, coalesce(f.who, f.owner, c.owner) FROM followup f "
        "JOIN customer c ON c.id = f.customer WHERE f.status = 'done'",
    )
    assert sorted(pairs(rows, "id", "on", "customer", "customer_name", "by")) == sorted(wanted)
    assert pairs(rows, "on") == sorted(pairs(rows, "on"))
    following = asked(
        db,
        "SELECT f.id, n.due FROM followup f JOIN followup n ON n.id = f.next WHERE f.status = 'done' AND n.due IS NOT NULL",
    )
    dues = dict(pairs(rows, "id", "due"))
    put_off = {ident for ident, d in following if dues[ident] != d}
    assert following
    assert len(put_off) <= 2, "all but those that were put off fall due on their day"
    june = told(session, "followups", first="2024-06-01", last="2024-06-10")["followups"]
    assert len(june) == sum("2024-06-01" <= day <= "2024-06-10" for _i, day, _c, _n, _b in wanted)


def test_tiers_with_what_was_spent(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "tiers")
    wanted = asked(
        db,
        "SELECT c.id, coalesce(c.tier, ''), count(o.id), coalesce(sum(o.amount), 0.0) FROM customer c LEFT JOIN orders o "
        "ON o.customer = c.id AND o.status <> 'cancelled' GROUP BY c.id",
    )
    assert sorted(pairs(found["customers"], "customer", "tier", "orders", "spent")) == sorted(wanted)
    tiers = Counter(tier for _c, tier, _n, _s in wanted)
    assert {r["tier"]: r["customers"] for r in found["tiers"]} == tiers
    assert found["totals"]["tiers"]["spent"] == pytest.approx(sum(spent for *_others, spent in wanted))


def test_lifecycle_conversion_and_times(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "lifecycle")
    won = "(c.stage IN ('won','loyal') OR EXISTS (SELECT 1 FROM stage s WHERE s.customer = c.id AND s.stage IN ('won','loyal')))"
    wanted = asked(
        db,
        f"SELECT coalesce(c.source, ''), count(*), sum({won}), sum(c.stage = 'lost') FROM customer c GROUP BY 1",
    )
    rows = pairs(found["sources"], "source", "customers", "won", "lost")
    assert sorted(rows) == sorted((s, n, w, gone or 0) for s, n, w, gone in wanted)
    first: dict[str, dict[str, str]] = defaultdict(dict)
    for customer, stage, day in asked(
        db, "SELECT customer, stage, min(day) FROM stage GROUP BY 1, 2 ORDER BY 3"
    ):
        first[customer][stage] = day
    spent: dict[str, list[int]] = defaultdict(list)
    for steps in first.values():
        run = sorted(steps.items(), key=lambda s: s[1])
        for (stage, start), (_next, end) in pairwise(run):
            spent[stage].append((date.fromisoformat(end) - date.fromisoformat(start)).days)
    for row in found["stages"]:
        days = spent.get(row["stage"])
        assert row["days_mean"] == (pytest.approx(fmean(days)) if days else None), row["stage"]
        assert row["days_median"] == (median(days) if days else None), row["stage"]
    assert sum(r["steps"] for r in found["channels"]) == sum(
        sum(stage != "lost" for stage, _day in sorted(s.items(), key=lambda e: e[1])[1:])
        for s in first.values()
    )


def test_campaigns_participation_conversion_and_money(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "campaigns")
    rate: list[float] = []
    for row in reversed(found["campaigns"]):
        (end,) = asked(
            db, "SELECT min(coalesce(end_date, start_date), ?) FROM campaign WHERE id = ?", TODAY, row["id"]
        )[0]
        known = asked(db, "SELECT count(*) FROM customer WHERE created_on <= ?", end)[0][0]
        people = asked(db, "SELECT count(DISTINCT customer) FROM participant WHERE campaign = ?", row["id"])[
            0
        ][0]
        bought = (
            "EXISTS (SELECT 1 FROM orders o WHERE o.customer = p.customer AND o.status <> 'cancelled' AND o.day BETWEEN "
            "p.joined AND date(p.joined, '+90 days')) OR EXISTS (SELECT 1 FROM deal d JOIN step s ON s.deal = d.id WHERE "
            "d.customer = p.customer AND d.stage = 'won' AND s.stage = 'won' AND s.day BETWEEN p.joined AND date(p.joined, '+90 days'))"
        )
        converted = asked(
            db, f"SELECT count(*) FROM participant p WHERE campaign = ? AND ({bought})", row["id"]
        )[0][0]
        assert (row["participants"], row["known"], row["converted"]) == (people, known, converted)
        assert row["participation"] == pytest.approx(100 * people / known)
        assert row["change"] == (
            pytest.approx(100 * (row["participation"] / fmean(rate) - 1)) if rate else None
        )
        rate.append(row["participation"])
        revenue = asked(
            db,
            "SELECT coalesce(sum(amount), 0) FROM orders o WHERE o.status <> 'cancelled' AND (EXISTS (SELECT 1 FROM participant p "
            "WHERE p.campaign = ?1 AND p.customer = o.customer AND o.day BETWEEN p.joined AND date(p.joined, '+90 days')) "
            "OR o.opportunity IN (SELECT id FROM deal WHERE campaign = ?1))",
            row["id"],
        )[0][0]
        assert row["revenue"] == pytest.approx(revenue)
        assert row["leads"] == asked(db, "SELECT count(*) FROM customer WHERE campaign = ?", row["id"])[0][0]


def test_service_times_topics_and_satisfaction(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "service")
    span = "CAST(round((julianday({}) - julianday(received)) * 1440, 3) AS INTEGER)"
    wanted = asked(
        db, f"SELECT id, {span.format('responded')}, {span.format('resolved')}, satisfaction FROM feedback"
    )
    assert sorted(pairs(found["cases"], "id", "response", "solution_time", "satisfaction")) == sorted(wanted)
    for section, key in (("about", "about"), ("types", "type")):
        groups = asked(
            db,
            f"SELECT coalesce({key}, ''), count(*), sum(type = 'complaint'), sum(status IN ('open', 'responded')), "
            "avg(satisfaction) FROM feedback GROUP BY 1",
        )
        assert sorted(
            pairs(found[section], "value", "cases", "complaints", "open", "satisfaction"), key=str
        ) == sorted(groups, key=str)
    for clock, field, hours in (
        ("respond", "responded", 2),
        ("resolve", "resolved", 24),
        ("revisit", "revisited", 72),
    ):
        later = {
            "respond": "responded, resolved, revisited",
            "resolve": "resolved, revisited",
            "revisit": "revisited, NULL",
        }
        answered = f"coalesce({later[clock]})"
        late = f"(julianday({answered}) - julianday(received)) * 24 > {hours} + 1.0 / 60"
        states = asked(
            db,
            f"SELECT count(*), sum(NOT ({late})), sum({late}) FROM feedback WHERE type = 'complaint' AND {answered} IS NOT NULL",
        )[0]
        row = next(r for r in found["clocks"] if r["clock"] == clock)
        assert row["kept"] == states[1], clock
        assert row["broken"] >= states[2], clock
        assert row["clocks"] == asked(db, "SELECT count(*) FROM feedback WHERE type = 'complaint'")[0][0]
        times = [
            t[0]
            for t in asked(
                db,
                f"SELECT {span.format(field)} FROM feedback WHERE type = 'complaint' AND {field} IS NOT NULL",
            )
        ]
        assert row["median"] == median(times)
        assert row["mean"] == pytest.approx(fmean(times))
    scores = asked(db, "SELECT item, count(*), avg(value), min(value) FROM score GROUP BY 1")
    rows = [(r["item"], r["surveys"], pytest.approx(r["mean"]), r["lowest"]) for r in found["surveys"]]
    assert sorted(rows, key=lambda r: str(r[0])) == sorted(scores, key=lambda r: str(r[0]))


def test_churn_reasons_and_risks(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "churn")
    gone = "stage = 'lost' OR status = 'lost'"
    wanted = asked(
        db,
        "SELECT c.id, coalesce((SELECT max(day) FROM stage s WHERE s.customer = c.id AND s.stage = 'lost'), churn_on), "
        "CASE cause WHEN '竞品吸引' THEN 'competitor' ELSE coalesce(cause, '') END, (SELECT coalesce(sum(amount), 0) "
        f"FROM orders o WHERE o.customer = c.id) FROM customer c WHERE {gone}",
    )
    assert sorted(pairs(found["customers"], "customer", "lost_on", "cause", "brought")) == sorted(wanted)
    assert {r["cause"]: r["customers"] for r in found["causes"]} == Counter(
        cause for _c, _d, cause, _b in wanted
    )
    risks = asked(db, f"SELECT id, risk FROM customer WHERE risk IS NOT NULL AND NOT ({gone})")
    assert sorted(pairs(found["risks"], "customer", "risk")) == sorted(risks)
    assert sorted(pairs(found["deals"], "id")) == sorted(
        asked(db, "SELECT id FROM deal WHERE stage = 'lost'")
    )
    assert not told(session, "churn", first="2024-06-02")["customers"]


def test_upsell_cycles(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "upsell")
    days: dict[str, list[date]] = defaultdict(list)
    sql = "SELECT DISTINCT customer, day FROM orders WHERE status <> 'cancelled' AND day <= ? ORDER BY day"
    for customer, day in asked(db, sql, TODAY):
        days[customer].append(date.fromisoformat(day))
    cycles = {c: (d[-1] - d[0]).days / (len(d) - 1) for c, d in days.items() if len(d) > 1}
    lost = {row[0] for row in asked(db, "SELECT id FROM customer WHERE stage = 'lost' OR status = 'lost'")}
    assert {r["customer"] for r in found["repurchase"]} == days.keys() - lost
    for row in found["repurchase"]:
        mine = days[row["customer"]]
        cycle = cycles.get(row["customer"], median(cycles.values()))
        assert (row["purchases"], row["last"]) == (len(mine), mine[-1].isoformat())
        assert row["cycle"] == pytest.approx(cycle)
        assert row["expected"] == (mine[-1] + timedelta(days=int(cycle))).isoformat()
        assert (row["basis"] == "own") == (row["customer"] in cycles)
    has = asked(
        db,
        "SELECT DISTINCT o.customer, i.product FROM item i JOIN orders o ON o.id = i.order_id WHERE o.status <> 'cancelled'",
    )
    owned = defaultdict(set)
    for customer, product in has:
        owned[customer].add(product)
    for row in found["suggestions"]:
        assert row["product"] not in owned[row["customer"]]
        if not row["needed"]:
            both = [c for c, own in owned.items() if row["product"] in own and own & owned[row["customer"]]]
            assert 0 < row["also"] <= len(both)


def test_needs_by_sector(session: Session, db: sqlite3.Connection) -> None:
    """Topics by SQL's LIKE over needs, feedback and talks; the words come from the settings that the report read."""
    found = told(session, "needs")
    db.execute("DROP VIEW IF EXISTS said")
    db.execute(
        "CREATE TEMP VIEW said AS SELECT customer, summary AS text FROM need UNION ALL SELECT customer, pains FROM need "
        "UNION ALL SELECT customer, goals FROM need UNION ALL SELECT customer, content FROM feedback "
        "UNION ALL SELECT customer, feedback FROM followup"
    )
    terms = session.settings.vocabularies["need_topic"]
    for row in found["topics"]:
        like = " OR ".join("text LIKE ?" for _ in terms[row["topic"]].spellings)
        names = [f"%{w}%" for w in terms[row["topic"]].spellings]
        least = asked(db, f"SELECT count(DISTINCT customer) FROM said WHERE {like}", *names)[0][0]
        assert row["customers"] >= least, "objections, concerns and surveys may add some"
    whole = asked(db, "SELECT count(*) FROM customer")[0][0]
    for row in found["topics"]:
        assert row["share"] == pytest.approx(100 * row["customers"] / whole)
        assert sum(r["customers"] for r in found["sectors"] if r["topic"] == row["topic"]) == row["customers"]
    months = asked(
        db, "SELECT substr(day, 1, 7), count(*) FROM need WHERE day IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    assert pairs(found["months"], "month", "needs") == months


def test_target_list(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "target", query="need.on>=2024-01-01 budget>=50万")
    wanted = asked(
        db, "SELECT DISTINCT customer FROM need WHERE day >= '2024-01-01' AND coalesce(high, low) >= 500000"
    )
    assert sorted(pairs(found["customers"], "customer")) == sorted(wanted)
    budgets = dict(asked(db, "SELECT customer, max(coalesce(high, low)) FROM need GROUP BY 1"))
    assert all(r["budget"] == budgets[r["customer"]] for r in found["customers"])


def test_portrait_of_a_group(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "portrait", query="stage:won,loyal")
    mine = "FROM customer c WHERE stage IN ('won', 'loyal')"
    assert found["totals"]["region"]["customers"] == asked(db, f"SELECT count(*) {mine}")[0][0]
    (power,) = [r for r in found["power"] if r["currency"] == "CNY"]
    wanted = asked(
        db,
        "SELECT count(DISTINCT customer), count(*), sum(amount), max(amount) FROM orders WHERE status <> 'cancelled' "
        f"AND customer IN (SELECT id {mine})",
    )[0]
    assert (power["buyers"], power["orders"], power["revenue"], power["order_largest"]) == pytest.approx(
        wanted
    )


def test_health_of_those_who_buy(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "health")
    wanted = asked(
        db, "SELECT id, coalesce(risk, '') FROM customer WHERE stage IN ('won', 'loyal') AND status <> 'lost'"
    )
    assert sorted(pairs(found["customers"], "customer", "risk")) == sorted(wanted)
    warned = {r["customer"] for r in found["customers"] if r["warns"]}
    due = session.index.due(None, session.today, today=session.today)
    assert warned == {row.customer for row in due if row.rule == "health.warning"}
    for row in found["customers"]:
        assert row["score"] == (40 * row["orders"] + 30 * row["complaints"] + 30 * row["contact"]) // 100
        (n,) = asked(
            db,
            "SELECT count(*) FROM feedback WHERE customer = ? AND type = 'complaint' AND substr(received, 1, 10) > '2023-12-15' "
            "AND substr(received, 1, 10) <= ?",
            row["customer"],
            TODAY,
        )[0]
        assert (row["complaints"] < 100) == (n > 0)


def test_completeness_by_owner(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "completeness")
    owners = asked(db, "SELECT coalesce(owner, ''), count(*) FROM customer GROUP BY 1")
    assert sorted(pairs(found["owners"], "owner", "customers")) == sorted(owners)
    missing = dict(pairs(found["fields"], "field", "missing"))
    assert (
        missing["industry"]
        == asked(db, "SELECT count(*) FROM customer WHERE type = 'company' AND industry IS NULL")[0][0]
    )
    assert missing["stage"] == asked(db, "SELECT count(*) FROM customer WHERE stage IS NULL")[0][0]
    assert missing["source"] == asked(db, "SELECT count(*) FROM customer WHERE source IS NULL")[0][0]
    assert (
        sum(missing.values())
        == found["totals"]["owners"]["missing"]
        == sum(len(r["missing"]) for r in found["customers"])
    )
    whole = {r["customer"] for r in found["customers"] if r["missing"]}
    assert found["totals"]["owners"]["whole"] == asked(db, "SELECT count(*) FROM customer")[0][0] - len(whole)


def test_stale_deals_are_those_that_due_asks_for(session: Session, db: sqlite3.Connection) -> None:
    for day in ("2024-06-15", "2024-07-20"):
        later = open_session(book=str(session.book.root), actor="赵静", on=day)
        found = told(later, "stale")["deals"]
        due = later.index.due(None, later.today)
        asked_for = {
            row.source
            for row in due
            if row.rule == "opportunity.stale"
            or (row.rule == "opportunity.close" and row.due_on < later.today)
        }
        assert {r["id"] for r in found} == asked_for
        for row in found:
            contacts = "SELECT max(substr(at, 1, 10)) FROM followup WHERE opportunity = ? AND status = 'done'"
            last = max(
                filter(
                    None,
                    (
                        asked(db, sql, row["id"])[0][0]
                        for sql in ("SELECT max(day) FROM step WHERE deal = ?", contacts)
                    ),
                )
            )
            assert row["moved_on"] >= last
        later.index.close()


def test_profile_of_the_ideal_customer(session: Session, db: sqlite3.Connection) -> None:
    found = told(session, "profile")
    fits = {r["criterion"]: r["customers"] for r in found["criteria"]}
    industries = "'通用设备制造业', '专用设备制造业', '汽车制造业', '食品制造业'"
    assert (
        fits["industries"]
        == asked(db, f"SELECT count(*) FROM customer WHERE industry IN ({industries})")[0][0]
    )
    assert (
        fits["employees"]
        == asked(db, "SELECT count(*) FROM customer WHERE employees BETWEEN 50 AND 2000")[0][0]
    )
    stages = asked(
        db, "SELECT count(*) FROM customer WHERE coalesce(stage, 'potential') IN ('potential', 'intent')"
    )
    assert len(found["prospects"]) == stages[0][0]
    for row in found["prospects"]:
        assert row["fit"] == pytest.approx(100 * len(row["met"]) / 5)


def test_money_is_exact() -> None:
    from crmkit.reports import _money

    assert _money.amount(14491.8, "CNY") == (Decimal("14491.8"), "CNY")
    assert sum((_money.number(0.1) or Decimal(0) for _ in range(10)), Decimal(0)) == 1
