"""Where things lie in a book and what they are called: the one import for `paths` and `naming`."""

from __future__ import annotations

from crmkit.book.naming import RETIRED as RETIRED
from crmkit.book.naming import new_customer as new_customer
from crmkit.book.naming import new_id as new_id
from crmkit.book.naming import next_number as next_number
from crmkit.book.naming import retire as retire
from crmkit.book.naming import retired as retired
from crmkit.book.paths import CUSTOMER_FILE as CUSTOMER_FILE
from crmkit.book.paths import CUSTOMERS as CUSTOMERS
from crmkit.book.paths import DRAFTS as DRAFTS
from crmkit.book.paths import FILES as FILES
from crmkit.book.paths import FOLDERS as FOLDERS
from crmkit.book.paths import SETTINGS as SETTINGS
from crmkit.book.paths import STATE as STATE
from crmkit.book.paths import Book as Book
from crmkit.book.paths import Place as Place
from crmkit.book.paths import check_path as check_path
from crmkit.book.paths import customer_folder as customer_folder
from crmkit.book.paths import dossier_files as dossier_files
from crmkit.book.paths import find as find
from crmkit.book.paths import folders as folders
from crmkit.book.paths import place_of as place_of
from crmkit.book.paths import record_path as record_path
from crmkit.book.paths import walk as walk
