"""The book's settings: crm.yaml over the defaults."""
