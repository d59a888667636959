"""The files of a book in SQL tables, read by another reader (ruamel) and without crmkit: what reports are held against."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_TABLES = """
CREATE TABLE customer(id, type, name, industry, province, city, country, employees, stage, status, source, tier, owner,
  created_on, updated_on, campaign, risk, cause, reason, lessons, churn_on, first_contact);
CREATE TABLE stage(customer, n, stage, day, via);
CREATE TABLE need(customer, n, summary, pains, goals, day, low, high, currency);
CREATE TABLE product(id, name, code, category, cost, currency);
CREATE TABLE orders(id, customer, day, status, amount, currency, owner, opportunity, number);
CREATE TABLE item(order_id, n, product, quantity, price, cost, discount);
CREATE TABLE deal(id, customer, name, stage, amount, currency, probability, close_date, closed_on, source, campaign, owner,
  created_on);
CREATE TABLE step(deal, n, stage, day);
CREATE TABLE followup(id, customer, status, at, due, who, owner, content, feedback, next_step, next, opportunity);
CREATE TABLE feedback(id, customer, type, about, status, received, responded, resolved, revisited, satisfaction, owner,
  product, content);
CREATE TABLE score(survey, customer, day, item, value);
CREATE TABLE campaign(id, name, type, start_date, end_date, cost, budget);
CREATE TABLE participant(campaign, customer, joined);
"""

_YAML = YAML(typ="safe")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = _YAML.load(path.read_text("utf-8")) or {}
    return found


def documents(book: Path, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield `(id, customer, record)` of all files of a kind."""
    if kind in {"campaign", "product"}:
        for path in sorted((book / f"{kind}s").rglob(f"{kind}-*.yaml")):
            yield path.stem, "", read(path)
        return
    name = "customer.yaml" if kind == "customer" else f"{kind}-*.yaml"
    for path in sorted((book / "customers").rglob(name)):
        number = path.parent.name
        yield number if kind == "customer" else path.stem, number, read(path)


def money(value: Any, currency: Any) -> tuple[float | None, str]:
    if isinstance(value, dict):
        return value.get("amount"), value.get("currency") or currency or "CNY"
    return value, currency or "CNY"


def day(value: Any) -> str | None:
    return str(value)[:10] if value else None


def stamp(value: Any) -> str | None:
    """Return a time as SQLite understands it, in UTC where it names its offset; None for a plain day."""
    if value is None or not hasattr(value, "hour"):
        text = str(value or "")
        if "T" not in text:
            return None
        return text
    return str(value.isoformat())


def load(book: Path) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(_TABLES)

    def put(table: str, *values: Any) -> None:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    for ident, _own, d in documents(book, "customer"):
        address, churn, lead = d.get("address") or {}, d.get("churn") or {}, d.get("lead") or {}
        put(
            "customer", ident, d.get("type") or "company", d.get("name"), d.get("industry"), address.get("province"),
            address.get("city"), address.get("country"), d.get("employees"), d.get("stage"), d.get("status"),
            d.get("source"), d.get("tier"), d.get("owner"), day(d.get("created_on")),
            day(d.get("updated_at")) or day(d.get("created_on")), d.get("campaign"), churn.get("risk"), churn.get("cause"),
            churn.get("reason"), churn.get("lessons"), day(churn.get("on")), day(lead.get("first_contact_on")),
        )  # fmt: skip
        for n, e in enumerate(d.get("stage_history") or ()):
            put("stage", ident, n, e.get("stage"), day(e.get("on")), e.get("via"))
        for n, e in enumerate(d.get("needs") or ()):
            budget = e.get("budget") or {}
            put("need", ident, n, e.get("summary"), e.get("pains"), e.get("goals"), day(e.get("on")), budget.get("min"),
                budget.get("max"), budget.get("currency") or "CNY")  # fmt: skip
    for ident, _own, d in documents(book, "product"):
        put("product", ident, d.get("name"), d.get("code"), d.get("category"), *money(d.get("cost"), None))
    for ident, own, d in documents(book, "order"):
        amount, unit = money(d.get("amount"), d.get("currency"))
        put("orders", ident, own, day(d.get("ordered_on")), d.get("status"), amount, unit, d.get("owner"),
            d.get("opportunity"), d.get("number"))  # fmt: skip
        for n, e in enumerate(d.get("items") or ()):
            put("item", ident, n, e.get("product"), e.get("quantity"), money(e.get("unit_price"), unit)[0],
                money(e.get("unit_cost"), unit)[0], money(e.get("discount"), unit)[0])  # fmt: skip
    for ident, own, d in documents(book, "opportunity"):
        put("deal", ident, own, d.get("name"), d.get("stage"), *money(d.get("amount"), d.get("currency")),
            d.get("probability"), day(d.get("close_date")), day(d.get("closed_on")), d.get("source"), d.get("campaign"),
            d.get("owner"), day(d.get("created_on")))  # fmt: skip
        for n, e in enumerate(d.get("stage_history") or ()):
            put("step", ident, n, e.get("stage"), day(e.get("on")))
    for ident, own, d in documents(book, "followup"):
        status = d.get("status") or ("done" if d.get("at") else "planned")
        put("followup", ident, own, status, str(d.get("at") or ""), day(d.get("due")), d.get("by"), d.get("owner"),
            d.get("content"), d.get("feedback"), d.get("next_step"), d.get("next"), d.get("opportunity"))  # fmt: skip
    for ident, own, d in documents(book, "feedback"):
        put("feedback", ident, own, d.get("type"), d.get("about"), d.get("status") or "open",
            *(stamp(d.get(n)) for n in ("received_at", "first_responded_at", "resolved_at", "revisited_at")),
            d.get("satisfaction"), d.get("owner"), d.get("product"), d.get("content"))  # fmt: skip
    for ident, own, d in documents(book, "survey"):
        for item, value in (d.get("scores") or {}).items():
            put("score", ident, own, day(d.get("on")), item, value)
    for ident, _own, d in documents(book, "campaign"):
        put("campaign", ident, d.get("name"), d.get("type"), day(d.get("start_date")), day(d.get("end_date")),
            money(d.get("cost"), None)[0], money(d.get("budget"), None)[0])  # fmt: skip
        for e in d.get("participants") or ():
            put("participant", ident, e.get("customer"), day(e.get("joined_on")) or day(d.get("start_date")))
    return db
