"""For pytest: ``@pytest.mark.same_behaviour(Original, Fixed)``, and the fixture ``behaviour`` that holds the report.

A test with the mark fails where the two Modules behave differently; see ``shim.assert_same_behaviour`` for what may be
given besides. The test itself runs after that, and may look further at the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .shim.records import ModuleReport

MARK = "same_behaviour"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(original, fixed, *, attributes, call, method, platform, tolerance): "
        "fail unless two Flax Modules behave the same (flake8-flaxargs)",
    )


@pytest.fixture
def behaviour(request: pytest.FixtureRequest) -> ModuleReport:
    """The report on the two Modules of the mark ``same_behaviour``.

    Raises:
        pytest.UsageError: the test has no such mark.
        AssertionError: they behave differently.
    """
    mark = request.node.get_closest_marker(MARK)
    if mark is None:
        raise pytest.UsageError(f"the fixture `behaviour` needs @pytest.mark.{MARK}(Original, Fixed)")
    from .shim import assert_same_behaviour

    return assert_same_behaviour(*mark.args, **mark.kwargs)


@pytest.fixture(autouse=True)
def _same_behaviour(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker(MARK) is not None:
        request.getfixturevalue("behaviour")
