"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# Time is measured in benchmarks/, never by a test: on a busy machine a deadline fails what is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
