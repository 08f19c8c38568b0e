"""What a run costs, by hand and against the models themselves."""

import pytest
from torch import Generator

from moe_core.config import RunConfig, cost, presets
from moe_core.config.cost import most_batched_pairs, pair_work
from moe_core.model import PlainNetwork, build_mixture
from tests.moe_core.cases import every_choice
from tests.moe_core.own_table import DIGEST, OwnTable, classes_table, have, values_table


def config_of(settings: dict[str, object]) -> RunConfig:
    """A preset by its name, or settings over the defaults."""
    name = settings.get("preset")
    return presets.load(str(name)).config if name else RunConfig.from_settings(settings)


def counted(config: RunConfig) -> int:
    """The parameters of the three models that train side by side."""
    shape, price = config.task.shape, cost(config)
    models = [
        build_mixture(config, Generator()),
        *(
            PlainNetwork(shape.num_inputs, width, shape.num_outputs, Generator())
            for width in (price.plain_hidden, price.wide_hidden)
        ),
    ]
    return sum(parameter.numel() for model in models for parameter in model.parameters())


@pytest.mark.parametrize(
    "settings",
    [
        *every_choice(),
        {"router_bias": False},
        {"router": "noisy_top_k", "router_bias": False, "k": 8},
        {"num_experts": 1, "router": "switch", "d_hidden": 1},
        {"num_experts": 1, "router": "switch", "expert": "linear", "task": "piecewise"},
        {"task": "digits", "num_experts": 16, "k": 3},
        {"task": "digits", "num_experts": 16, "expert": "linear", "router": "dense", "balancer": "none"},
        {"task": "moons", "num_experts": 64, "k": 64},
        *({"preset": name} for name in presets.NAMES),
    ],
    ids=str,
)
def test_parameters_are_those_of_the_models(settings: dict[str, object]) -> None:
    config = config_of(settings)
    assert cost(config).parameters == counted(config)


@pytest.mark.parametrize("table", [classes_table(), values_table()], ids=["classes", "values"])
def test_a_persons_table_is_priced_by_its_columns_and_classes(table: OwnTable, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, table)
    config = RunConfig.from_settings({"task": "csv", "table": DIGEST})
    assert cost(config).parameters == counted(config)


def test_parameters_by_hand() -> None:
    """Mixture 16 + 8 in the router and 8 x (16 x 4 + 16 + 2) in the experts: 680. Plain: 36 units of 2 + 1 + 2, and 2.
    Wide: (680 - 2) / 5 = 135.6, so 136 units, and 2."""
    price = cost(presets.load("two-experts-each").config)
    assert (price.plain_hidden, price.wide_hidden) == (36, 136)
    assert price.parameters == 680 + (36 * 5 + 2) + (136 * 5 + 2)


def test_bytes_by_hand() -> None:
    """16 a parameter; 11 513 pairs, each with 4 for every one of 2 inputs, 2 x 16 hidden units and 2 classes; and the
    baselines' 36 + 136 hidden units, before and after, for each of 1000 test examples, since they draw no plane.

    A pair costs 16 x (2 + 2) + 32 x (2 + 32 + 2) = 1216, and 350 000 x (32 + 8) / 1216 = 11 513 pairs are batched. The
    64 x 64 places of the plane are more, and their 2 x 64 x 64 chosen pairs are fewer.
    """
    price = cost(presets.load("two-experts-each").config)
    assert price.bytes == 16 * price.parameters + 4 * (36 * 11_513 + 1000 * 2 * (36 + 136))


def test_work_of_a_pair_and_batched_pairs_by_hand() -> None:
    """64 products and 36 numbers, each as long as 32 products; 40 times 350 000 of them."""
    assert pair_work(64, 36) == 1216
    assert most_batched_pairs(8, 1216) == 11_513


def test_dense_gating_holds_every_pair() -> None:
    """8 x 64 x 64 pairs at the places of the plane, which are more than are batched."""
    price = cost(RunConfig.from_settings({"router": "dense", "balancer": "none", "num_experts": 8}))
    units = price.plain_hidden + price.wide_hidden
    assert price.bytes == 16 * price.parameters + 4 * (36 * 8 * 64 * 64 + 1000 * 2 * units)


def test_a_plane_of_wide_experts_counts_however_small_the_batch() -> None:
    """Drawing it would take 64 x 64 places times 64 experts times 512 units: half a GiB for the hidden units alone."""
    wide = {"num_experts": 64, "k": 64, "d_hidden": 512, "batch_size": 1}
    _, problems = presets.load("two-experts-each").config.merge(wide)
    assert problems


@pytest.mark.parametrize(
    ("settings", "products"),
    [
        # Router 8 x 2; one expert of 8 x (2 + 2), and two of 16 x (2 + 2).
        ({"preset": "specialists"}, 16 + 32),
        ({"preset": "two-experts-each"}, 16 + 2 * 64),
        # Two vectors an expert: the logit's and the noise's.
        ({"router": "noisy_top_k", "k": 3}, 2 * 16 + 3 * 64),
        # All eight.
        ({"router": "dense", "balancer": "none"}, 16 + 8 * 64),
        # One affine map of 2 x 2 each.
        ({"expert": "linear", "k": 2}, 16 + 2 * 4),
        # One input and one output.
        ({"task": "piecewise", "k": 2, "d_hidden": 10}, 8 + 2 * 20),
        ({"task": "digits", "router": "switch"}, 8 * 64 + 16 * 74),
    ],
    ids=str,
)
def test_the_plain_networks_width_by_hand(settings: dict[str, object], products: int) -> None:
    """As many units as it takes to need as many products a token; a unit costs one for each input and output."""
    config = config_of(settings)
    price, one_unit = cost(config), config.task.shape.num_inputs + config.task.shape.num_outputs
    assert price.active_products == products
    assert price.plain_hidden == round(products / one_unit)


@pytest.mark.parametrize(
    ("settings", "parameters", "one_unit"),
    [
        # Router 16 + 8; eight experts of 16 x 4 + 16 + 2.
        ({}, 24 + 8 * 82, 5),
        ({"router_bias": False}, 16 + 8 * 82, 5),
        ({"router": "noisy_top_k"}, 32 + 8 + 8 * 82, 5),
        # Every expert 2 x 2 + 2.
        ({"expert": "linear"}, 24 + 8 * 6, 5),
        ({"task": "digits", "router": "switch"}, 8 * 64 + 8 + 8 * (16 * 74 + 16 + 10), 75),
    ],
    ids=str,
)
def test_the_wide_networks_width_by_hand(settings: dict[str, object], parameters: int, one_unit: int) -> None:
    """As many units as it takes to have as many parameters, once each output has its constant."""
    config = config_of(settings)
    assert cost(config).wide_hidden == round((parameters - config.task.shape.num_outputs) / one_unit)


@pytest.mark.parametrize("width", ["plain_hidden", "wide_hidden"])
def test_a_network_has_one_unit_at_least(width: str) -> None:
    smallest = {"num_experts": 1, "router": "switch", "router_bias": False, "expert": "linear", "task": "digits"}
    assert getattr(cost(RunConfig.from_settings(smallest)), width) >= 1


def test_flops_of_a_step_by_hand() -> None:
    """Batch 10; router 4 x 2; experts 4 x 3 x (2 + 2), all computed; plain network round(32 / 4) = 8 units, wide one
    round((8 + 4 + 4 x 17 - 2) / 5) = 16, of 2 + 2 each.

    Products a token: 8 + 48 + 24 x 4 = 152. Six operations each: 10 x 152 x 6 = 9120.
    """
    settings = {"num_experts": 4, "d_hidden": 3, "k": 2, "batch_size": 10}
    price = cost(RunConfig.from_settings(settings))
    assert (price.plain_hidden, price.wide_hidden) == (8, 16)
    assert price.flops == 9120.0
