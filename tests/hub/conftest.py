"""The fixtures of the hub, by name."""

import pytest

from hub.fixtures import hub, small, small_tradeoff, versions

__all__ = ["hub", "small", "small_tradeoff", "versions"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the client upload as it does: it hands its HTTP library a file in a way which that has deprecated."""
    for item in items:
        if "hub" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"))
