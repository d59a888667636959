"""Whom to reach at a customer, with numbers and addresses masked unless they are to be revealed (R-004-51)."""

from __future__ import annotations

from typing import Any

from crmkit.reports.report import Doc, Material
from crmkit.values.hide import hidden
from crmkit.values.phone import mask, mask_email


def contact(doc: Doc) -> Doc:
    """Return the main contact, else the first one; of a person the person."""
    found = [c for c in doc.get("contacts") or () if isinstance(c, dict)]
    main = next((c for c in found if c.get("primary")), found[0] if found else {})
    return {"name": doc.get("name"), **main} if doc.get("type") == "person" else main


def phone(material: Material, doc: Doc) -> str:
    """Return the phone by which the main contact is reached, else the customer's own."""
    main = contact(doc)
    text = str(main.get("mobile") or main.get("phone") or doc.get("phone") or "")
    return text if material.reveal or not text else mask(text)


def email(material: Material, doc: Doc) -> str:
    """Return the main contact's e-mail address, else the customer's own."""
    text = str(contact(doc).get("email") or doc.get("email") or "")
    return text if material.reveal or not text else mask_email(text)


def veiled(material: Material, text: Any) -> str:
    """Return a text of a record with the numbers and addresses in it masked."""
    plain = str(text or "")
    return plain if material.reveal else hidden(plain)


def address(material: Material, doc: Doc) -> str:
    """Return the address in one line; of a person without the street, which is nobody's business."""
    parts = doc.get("address") or {}
    names = ["province", "city", "district", "street"]
    if doc.get("type") == "person" and not material.reveal:
        names.remove("street")
    found = [str(parts[n]) for n in names if parts.get(n)]
    if len(found) > 1 and found[0] == found[1]:  # 北京市北京市
        del found[0]
    wide = any(not text.isascii() for text in found)
    return ("" if wide else ", ").join(found)
