"""The order of the tests, and how property tests run."""

import pytest
from hypothesis import configuration, settings

from tests.source_tree import ROOT

# The same examples each time, and nothing left behind but in pytest's own cache.
configuration.set_hypothesis_home_dir(ROOT / ".pytest_cache" / "hypothesis")
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps its event loop running, beside which no asyncio test can run one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
