"""What a run costs, by hand and against the models themselves."""

import pytest
from torch import Generator

from moe_core.config import RunConfig, cost, presets
from moe_core.model import MoEClassifier, PlainNetwork


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"router": "switch"},
        {"router_bias": False},
        {"num_experts": 1, "router": "switch", "d_hidden": 1},
        {"task": "digits", "num_experts": 16, "k": 3},
        {"task": "moons", "num_experts": 64, "k": 64},
        *({"preset": name} for name in presets.NAMES),
    ],
    ids=str,
)
def test_parameters_are_those_of_the_models(settings: dict[str, object]) -> None:
    name = settings.get("preset")
    config = presets.load(str(name)).config if name else RunConfig.from_settings(settings)
    models = (MoEClassifier(config, Generator()), PlainNetwork(config, Generator()))
    counted = sum(parameter.numel() for model in models for parameter in model.parameters())
    assert cost(config).parameters == counted


def test_bytes_by_hand() -> None:
    """16 a parameter; and 2 x 64 x 64 pairs, each with 4 for every one of 2 inputs, 2 x 16 hidden units, 2 classes."""
    price = cost(presets.load("two-experts-each").config)
    assert price.bytes == 16 * price.parameters + 4 * (2 + 32 + 2) * 2 * 64 * 64


def test_a_plane_of_wide_experts_counts_however_small_the_batch() -> None:
    """Drawing it would take 64 x 64 places times 64 experts times 512 units: half a GiB for the hidden units alone."""
    wide = {"num_experts": 64, "k": 64, "d_hidden": 512, "batch_size": 1}
    _, problems = presets.load("two-experts-each").config.merge(wide)
    assert problems


@pytest.mark.parametrize(("preset", "width"), [("specialists", 12), ("two-experts-each", 36)])
def test_the_plain_networks_width_by_hand(preset: str, width: int) -> None:
    """Router 8 x 2 products; experts k F (2 + 2), so 1 x 8 x 4 or 2 x 16 x 4; a plain unit costs 2 + 2.

    (16 + 32) / 4 = 12 and (16 + 128) / 4 = 36.
    """
    price = cost(presets.load(preset).config)
    assert price.active_products == 4 * width
    assert price.plain_hidden == width


def test_flops_of_a_step_by_hand() -> None:
    """Batch 10; router 4 x 2; experts 4 x 3 x (2 + 2), all computed; plain network round(32 / 4) = 8 units.

    Products a token: 8 + 48 + 8 x 4 = 88. Six operations each: 10 x 88 x 6 = 5280.
    """
    settings = {"num_experts": 4, "d_hidden": 3, "k": 2, "batch_size": 10}
    price = cost(RunConfig.from_settings(settings))
    assert price.plain_hidden == 8
    assert price.flops == 5280.0
