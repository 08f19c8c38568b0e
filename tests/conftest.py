"""The order of the tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps its event loop running, beside which no asyncio test can run one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
