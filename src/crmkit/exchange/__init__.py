"""Forms in which data leave the book and come into it: one module each (see `formats`)."""
