"""Secrets: single values encrypted under a dossier's data key, which age wraps to those who may read it.

`sealed` knows one value, `keyring` the `keys.yaml` of a dossier, `identity` the reader's own private key, which
lies in his configuration and never in a book. Knows no records and writes no file of a book.
"""
