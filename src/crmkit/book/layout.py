"""Where things lie in a book and what they are called: the one import for `paths` and `naming`."""

from __future__ import annotations

from crmkit.book.naming import RETIRED, new_customer, new_id, next_number, retire, retired
from crmkit.book.paths import (
    CUSTOMER_FILE,
    CUSTOMERS,
    DRAFTS,
    FILES,
    FOLDERS,
    SETTINGS,
    STATE,
    Book,
    Place,
    check_path,
    customer_folder,
    dossier_files,
    find,
    folders,
    place_of,
    record_path,
    walk,
)

__all__ = [
    "CUSTOMERS",
    "CUSTOMER_FILE",
    "DRAFTS",
    "FILES",
    "FOLDERS",
    "RETIRED",
    "SETTINGS",
    "STATE",
    "Book",
    "Place",
    "check_path",
    "customer_folder",
    "dossier_files",
    "find",
    "folders",
    "new_customer",
    "new_id",
    "next_number",
    "place_of",
    "record_path",
    "retire",
    "retired",
    "walk",
]
