"""Every kind, whichever there are: what the catalogue, the schemas and the vocabularies must say of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

import crmkit
from crmkit.i18n import in_language
from crmkit.records.catalog import Catalog
from crmkit.records.registry import catalog, kinds
from crmkit.records.schema import schemas
from crmkit.settings.load import defaults, load
from crmkit.values import duration

ROOT = Path(crmkit.__file__).parents[2]
CATALOG = catalog(defaults())
KINDS = sorted(CATALOG.kinds)
DESIGN = {
    "customer": "type birthday lunar name short_name tax_id id_number industry address website phone email contacts "
    "employees annual_revenue founded registered_capital business_scope source campaign collected_by consent verified "
    "tags needs preferences usage customer_type importance stage stage_history status tier tier_basis tier_on "
    "strategic lead rhythm churn bank_account competitors owner success_manager collaborators review formerly note",
    "followup": "reason goal due remind channels owner outline important status at by participants contact subject "
    "content feedback questions need_changes objections promises competitor_news result changes next_step next answers "
    "opportunity overdue_reason snoozed",
    "opportunity": "name source stage stage_history amount currency discount probability close_date closed_on "
    "competitors contacts items next_step lost_reason owner campaign",
    "feedback": "type source received_at about content priority status first_responded_at resolved_at revisited_at "
    "solution satisfaction contact owner collaborators product due",
    "order": "number ordered_on items amount currency status delivery_date delivered_on payment_method payment_status "
    "payments after_sales opportunity contract",
    "contract": "number name signed_on start_date end_date amount currency status terms signatory payment_terms "
    "renewed_by review owner",
    "plan": "name purpose goal by version sections team acceptance steps milestones status result",
    "survey": "on period scores comment by",
    "campaign": "name type start_date end_date budget cost participants goal owner",
    "product": "name code unit price cost category",
}
STAMPS = {"created_by", "created_on", "updated_by", "updated_at"}
BELOW = {
    "customer.contacts": "name job_title department phone mobile email wechat birthday lunar role concerns "
    "preferred_channel primary do_not_call",
    "customer.address": "country province city district street postal_code",
    "customer.consent": "by on how scope",
    "customer.verified": "what by on how",
    "customer.needs": "summary kind priority budget by pains goals on",
    "customer.needs.budget": "min max currency",
    "customer.usage": "on logins features",
    "customer.stage_history": "stage on via",
    "customer.lead": "grade first_contact_on interests doubts",
    "customer.churn": "risk cause reason lessons on",
    "customer.review": "state submitted_by submitted_at reviewed_by reviewed_at reason",
    "followup.snoozed": "from to why",
    "opportunity.stage_history": "stage on goal by",
    "opportunity.items": "product quantity unit_price",
    "order.items": "product quantity unit_price unit_cost discount",
    "order.payments": "due amount paid_on",
    "order.after_sales": "on kind note",
    "plan.team": "sales implementation service",
    "plan.acceptance": "criteria environment opinions passed_on",
    "plan.steps": "what owner due done_on note",
    "campaign.participants": "customer joined_on result",
}


@pytest.mark.parametrize("kind", sorted(DESIGN))
def test_the_public_fields_are_all_there(kind: str) -> None:
    names = {f.name for f in CATALOG.kinds[kind].fields}
    assert set(DESIGN[kind].split()) | STAMPS <= names


@pytest.mark.parametrize("place", sorted(BELOW))
def test_the_public_fields_of_parts_are_all_there(place: str) -> None:
    kind, _, path = place.partition(".")
    names = CATALOG.kinds[kind].by_name
    assert [n for n in BELOW[place].split() if f"{path}.{n}" not in names] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_lists_and_ids_need(kind: str) -> None:
    spec = CATALOG.kinds[kind]
    assert spec.label
    assert spec.help
    assert spec.first("title")
    assert [c for c in spec.columns if c not in spec.by_name] == []
    assert spec.columns
    assert spec.date_field in {"", *spec.by_name}
    assert re.fullmatch(r"customer|dossier|[a-z]+s", spec.place)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_label_and_every_vocabulary_is_defined(kind: str) -> None:
    for field in CATALOG.kinds[kind].fields:
        assert field.label[0].isupper(), field
        assert field.label != field.name, f"{field.name} has no label"
        if field.type == "vocabulary":
            assert field.vocabulary in defaults().vocabularies, field
        if field.type == "reference":
            assert field.refers_to in CATALOG.kinds, field


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_is_translated(kind: str) -> None:
    spec = CATALOG.kinds[kind]
    labels = [spec.label, *(f.label for f in spec.fields)]
    assert [label for label in labels if in_language("zh", label) == label] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_record_in_the_sample_book(kind: str) -> None:
    files = (ROOT / "sample_data").rglob(f"{kind}*.yaml")
    assert next(files, None), f"sample_data has no {kind}"


def test_the_catalogue_survives_json() -> None:
    assert Catalog.from_json(json.loads(json.dumps(CATALOG.to_json()))) == CATALOG


@pytest.mark.parametrize("name", sorted(schemas(defaults())))
def test_the_schemas_in_the_repository_are_those_of_the_classes(name: str) -> None:
    kept = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert kept == schemas(defaults())[name], "stale: make schemas"
    Draft7Validator.check_schema(kept)


def test_no_schema_is_left_over() -> None:
    kept = {p.name.removesuffix(".schema.json") for p in (ROOT / "schemas").glob("*.json")}
    assert kept == {*KINDS, "crm"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_explains_every_field(kind: str) -> None:
    properties = schemas(defaults())[kind]["properties"]
    top = {f.name for f in CATALOG.kinds[kind].fields if "." not in f.name}
    assert set(properties) == top
    assert [n for n, p in properties.items() if not p["title"]] == []


def test_the_schemas_accept_the_sample_book() -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    kept = schemas(defaults())
    checked = 0
    for path in sorted((ROOT / "sample_data").rglob("*.yaml")):
        kind = re.split(r"[-.]", path.name)[0]
        if kind in kept:
            data = _with_text_dates(yaml.load(path.read_text(encoding="utf-8")))
            errors = [
                f"{path.name}: {e.json_path}: {e.message}"
                for e in Draft7Validator(kept[kind]).iter_errors(data)
            ]
            assert errors == []
            checked += 1
    assert checked > 20


def _with_text_dates(value: object) -> object:
    if isinstance(value, dict):
        return {str(k): _with_text_dates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_text_dates(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def test_the_schema_of_a_book_knows_its_own_values_and_fields() -> None:
    found, _ = load(
        "vocabularies: {source: {fair: 交易会}}\nfields: {customer: {area: {type: number, label: 面积}}}".encode()
    )
    customer = schemas(found)["customer"]["properties"]
    assert "fair" in customer["source"]["anyOf"][0]["enum"]
    assert customer["area"]["title"] == "面积"


def test_custom_and_required_fields_come_into_the_catalogue() -> None:
    found, _ = load(
        b"fields: {customer: {area: number, langs: {many: true}}}\nrequired: {customer: [contacts.phone, area]}"
    )
    names = catalog(found).kinds["customer"].by_name
    assert (names["area"].custom, names["area"].type, names["area"].required) == (True, "number", True)
    assert names["langs"].is_list
    assert names["contacts.phone"].required
    assert names["name"].required, "the kind's own stay required"


def test_every_default_length_of_time_can_be_read() -> None:
    for rule in defaults().rules.values():
        for text in (rule.first, rule.every, rule.lead):
            assert not text or duration.parse(text)


def test_kinds_come_in_their_usual_order() -> None:
    assert list(kinds()) == list(DESIGN)
