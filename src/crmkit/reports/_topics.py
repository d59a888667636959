"""What customers talk about: the topics that stand in their needs, feedback and talks.

Topics are the vocabulary `need_topic` of the settings: the label and the other spellings of a value are the words by
which it is found, wherever they stand in a text. A book adds its own words and topics in crm.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmkit.reports.report import Material, day_of

VOCABULARY = "need_topic"


def spoken(material: Material) -> Iterator[tuple[str, Any, str]]:
    """Yield what was said by or about customers: customer, day (None: undated) and text."""
    for number, doc in material.customers.items():
        for need in doc.get("needs") or ():
            for name in ("summary", "pains", "goals"):
                yield number, day_of(need.get("on")), str(need.get(name) or "")
        for person in doc.get("contacts") or ():
            yield number, None, str(person.get("concerns") or "")
        lead = doc.get("lead") or {}
        for name in ("interests", "doubts"):
            yield number, None, str(lead.get(name) or "")
    for kind, when, names in (
        ("feedback", "received_at", ("content",)),
        ("followup", "at", ("feedback", "questions", "need_changes", "objections")),
        ("survey", "on", ("comment",)),
    ):
        for doc in material.records(kind):
            for name in names:
                value = doc.get(name)
                for text in value if isinstance(value, list) else (value,):
                    yield str(doc["customer"]), day_of(doc.get(when)), str(text or "")


def words(material: Material) -> Mapping[str, tuple[str, ...]]:
    """Return each topic with the words that it is found by, casefolded."""
    terms = material.settings.vocabularies.get(VOCABULARY, {})
    return {code: tuple(w.casefold() for w in term.spellings if w != code) for code, term in terms.items()}


def mentioned(material: Material) -> dict[str, dict[str, int]]:
    """Return for each topic how many texts of which customer name it, of the period."""
    known = words(material)
    found: dict[str, dict[str, int]] = {code: {} for code in known}
    for number, day, text in spoken(material):
        if not text or day not in material.period:
            continue
        folded = text.casefold()
        for code, several in known.items():
            if any(word in folded for word in several):
                found[code][number] = found[code].get(number, 0) + 1
    return found
