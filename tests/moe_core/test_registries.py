"""Each registry and its torch-free twin in the configurations name the same things."""

import inspect
from collections.abc import Mapping

import pytest

from moe_core.balancers import BALANCERS, Balancer
from moe_core.config import SECTIONS, TABLE
from moe_core.routers import ROUTERS, Router
from moe_core.tasks import TASKS

REGISTRIES: dict[str, Mapping[str, object]] = {"router": ROUTERS, "balancer": BALANCERS, "task": TASKS}


@pytest.mark.parametrize("section", REGISTRIES)
def test_names_are_those_of_the_configurations(section: str) -> None:
    named = [variant.model_fields[section].default for variant in SECTIONS[section]]
    assert sorted(REGISTRIES[section]) == sorted(named)
    assert set(TABLE[section].choices) == set(named)


@pytest.mark.parametrize("registered", [*ROUTERS.values(), *BALANCERS.values()], ids=lambda item: item.__name__)
def test_what_is_registered_is_final(registered: type) -> None:
    """A class is abstract or final: nothing that can be built is also built upon."""
    assert not inspect.isabstract(registered)
    assert getattr(registered, "__final__", False)


@pytest.mark.parametrize("base", [Router, Balancer])
def test_bases_are_abstract(base: type) -> None:
    assert inspect.isabstract(base)
