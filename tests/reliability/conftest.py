"""Counts of what was killed, printed at the end whatever the verbosity."""

import pytest

COUNTS: dict[str, int] = {}


@pytest.fixture
def counts():
    """A dict of counts that the run's summary prints."""
    return COUNTS


def pytest_terminal_summary(terminalreporter):
    if COUNTS:
        terminalreporter.section("reliability")
        for what, number in COUNTS.items():
            terminalreporter.write_line(f"{number:6d}  {what}")
