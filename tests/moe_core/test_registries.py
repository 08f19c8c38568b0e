"""Each registry and its torch-free twin in the configurations name the same things."""

import inspect
from collections.abc import Mapping

import pytest

from moe_core.balancers import BALANCERS, Balancer
from moe_core.config import SECTIONS, TABLE
from moe_core.experts import EXPERTS, Experts
from moe_core.objective import Objective
from moe_core.optimizers import MEMORY, OPTIMIZERS
from moe_core.routers import ROUTERS, Router
from moe_core.tasks import TASKS

REGISTRIES: dict[str, Mapping[str, object]] = {
    "task": TASKS,
    "expert": EXPERTS,
    "router": ROUTERS,
    "balancer": BALANCERS,
    "optimizer": OPTIMIZERS,
}

BUILT = [*EXPERTS.values(), *ROUTERS.values(), *BALANCERS.values()]


def test_every_section_with_variants_has_its_registry() -> None:
    """But for capacity: there is one, or none."""
    chosen = [section for section, variants in SECTIONS.items() if len(variants) > 1]
    assert list(REGISTRIES) == [section for section in chosen if section != "capacity"]


@pytest.mark.parametrize("section", REGISTRIES)
def test_names_are_those_of_the_configurations(section: str) -> None:
    named = [variant.model_fields[section].default for variant in SECTIONS[section]]
    assert list(REGISTRIES[section]) == named
    assert list(TABLE[section].choices) == named


def test_it_is_known_what_each_optimizer_remembers() -> None:
    assert list(MEMORY) == list(OPTIMIZERS)


@pytest.mark.parametrize("registered", BUILT, ids=lambda item: item.__name__)
def test_what_is_registered_is_final(registered: type) -> None:
    """A class is abstract or final: nothing that can be built is also built upon."""
    assert not inspect.isabstract(registered)
    assert getattr(registered, "__final__", False)


@pytest.mark.parametrize("base", [Router, Balancer, Experts, Objective])
def test_bases_are_abstract(base: type) -> None:
    assert inspect.isabstract(base)
