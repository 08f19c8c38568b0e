"""Balancers that are named together: one canonical name, and each with its own settings."""

from itertools import islice, permutations
from urllib.parse import parse_qsl, urlencode

import pytest
import torch

from moe_core.config import TABLE, ConfigError, RunConfig
from moe_core.config.balancer import (
    BALANCER_VARIANTS,
    ImportanceAndLoadConfig,
    NoBalancerConfig,
    SwitchLossConfig,
    ZLossConfig,
    balancer_parts,
    balancer_variant,
    part_names,
)
from moe_core.losses import load_balancing_loss, router_z_loss, sequence_balance_loss
from tests.moe_core.cases import balancer_sums, new_router, random_tokens, route, router_for

every_sum = pytest.mark.parametrize("names", balancer_sums(), ids="+".join)


def config_of(balancer: str, **settings: object) -> RunConfig:
    return RunConfig.from_settings({"balancer": balancer, "router": "noisy_top_k"} | settings)


def refused(balancer: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config_of(balancer)
    return str(caught.value)


def fitting(names: tuple[str, ...]) -> RunConfig:
    """Several balancers, with a router that takes them."""
    return config_of("+".join(names), router=router_for("+".join(names)))


@every_sum
def test_the_order_in_which_balancers_are_named_does_not_matter(names: tuple[str, ...]) -> None:
    wanted = fitting(names)
    assert wanted.balancer.balancer == "+".join(names)
    for order in (*islice(permutations(names), 24), names[::-1]):
        found = fitting(order)
        assert found == wanted
        assert found.settings() == wanted.settings()
        assert part_names("+".join(order)) == list(names)


@every_sum
def test_settings_come_back_from_the_flat_form_from_json_and_from_a_url(names: tuple[str, ...]) -> None:
    config = fitting(names)
    assert RunConfig.from_settings(config.settings()) == config
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    assert RunConfig.from_settings(dict(parse_qsl(urlencode(config.settings())))) == config


@every_sum
def test_several_have_the_settings_of_each(names: tuple[str, ...]) -> None:
    fields = [set(balancer_variant(name).model_fields) for name in names]
    assert set(balancer_variant("+".join(names)).model_fields) == set.union(*fields)


def test_each_part_gets_its_own_settings() -> None:
    """z_loss comes last, as in the registry, wherever it was named."""
    config = config_of("z_loss+switch_loss", balance_coefficient=0.5, z_coefficient=0.25)
    assert balancer_parts(config.balancer) == [
        ("switch_loss", {"balance_coefficient": 0.5}),
        ("z_loss", {"z_coefficient": 0.25}),
    ]


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        (NoBalancerConfig(), [("none", {})]),
        (SwitchLossConfig(balance_coefficient=2.0), [("switch_loss", {"balance_coefficient": 2.0})]),
        (
            ImportanceAndLoadConfig(importance_coefficient=1.0, load_coefficient=3.0),
            [("importance_and_load", {"importance_coefficient": 1.0, "load_coefficient": 3.0})],
        ),
        (ZLossConfig(), [("z_loss", {"z_coefficient": 0.001})]),
    ],
    ids=lambda value: getattr(value, "balancer", ""),
)
def test_one_by_itself_is_its_only_part(config: object, parts: list[tuple[str, dict[str, float]]]) -> None:
    assert isinstance(config, BALANCER_VARIANTS)
    assert balancer_parts(config) == parts


def test_a_setting_of_a_balancer_that_is_not_there_has_no_meaning() -> None:
    _, problems = RunConfig().merge({"balancer": "switch_loss+z_loss", "load_coefficient": 1.0})
    assert [str(problem) for problem in problems] == [
        "load_coefficient = 1.0 was refused: it has no meaning when balancer is switch_loss+z_loss."
    ]


def test_adding_and_removing_a_balancer_keeps_what_was_set_for_the_others() -> None:
    one = RunConfig.from_settings({"balancer": "switch_loss", "balance_coefficient": 0.7})
    both, problems = one.merge({"balancer": "z_loss+switch_loss", "z_coefficient": 0.5})
    assert problems == ()
    assert balancer_parts(both.balancer) == [
        ("switch_loss", {"balance_coefficient": 0.7}),
        ("z_loss", {"z_coefficient": 0.5}),
    ]
    assert both.merge({"balancer": "switch_loss"}) == (one, ())


ALL = f"{', '.join(TABLE['balancer'].choices)}, or several joined by +"


@pytest.mark.parametrize(
    ("balancer", "allowed"),
    [
        ("switch_loss+switch_loss", "each balancer is named once"),
        ("z_loss+switch_loss+z_loss", "each balancer is named once"),
        ("none+z_loss", "none stands alone"),
        ("none+none", "each balancer is named once"),
        (
            "loss_free+importance_and_load",
            "importance_and_load and loss_free cannot work together: the load loss asks how noise alone changes the "
            "choice, and a bias changes it too",
        ),
        ("switch_loss+zloss", f"no such balancer; did you mean z_loss? the choices are {ALL}"),
        ("switch_los", f"no such balancer; did you mean switch_loss? the choices are {ALL}"),
        ("switch_loss+", f"no such balancer; the choices are {ALL}"),
        ("+", f"no such balancer; the choices are {ALL}"),
        ("", f"no such balancer; the choices are {ALL}"),
    ],
)
def test_what_cannot_be_added_up_is_refused_in_a_sentence(balancer: str, allowed: str) -> None:
    assert refused(balancer) == f"balancer = {balancer} was refused: {allowed}."


def test_a_long_name_is_cut_short_in_what_is_said() -> None:
    assert len(refused("+".join(["x" * 100_000] * 3))) < 300


def test_variants_are_made_once() -> None:
    """Else two equal configurations would be of different classes, and so not equal."""
    assert balancer_variant("switch_loss+z_loss") is balancer_variant("switch_loss+z_loss")


def test_a_plus_typed_into_an_address_arrives_as_a_space() -> None:
    assert TABLE["balancer"].parse("switch_loss z_loss") == "switch_loss+z_loss"


CONSTANT = "every expert gets every token, so the loss is a constant"


@pytest.mark.parametrize("router", ["dense", "hierarchical"])
@pytest.mark.parametrize("balancer", ["switch_loss", "sequence_loss"])
def test_a_loss_that_counts_is_refused_where_every_expert_gets_every_token(balancer: str, router: str) -> None:
    why = f"{balancer} has no meaning when router is {router}: {CONSTANT}."
    asking_all = RunConfig.from_settings({"router": router, "balancer": "none"})
    (problem,) = asking_all.merge({"balancer": balancer})[1]
    assert str(problem) == f"balancer = {balancer} was refused: {why}"
    (problem,) = RunConfig.from_settings({"balancer": balancer}).merge({"router": router})[1]
    assert str(problem) == f"router = {router} was refused: the balancer {why}"


def test_the_size_of_logits_that_are_normalised_is_not_to_be_kept_small() -> None:
    hierarchical = RunConfig.from_settings({"router": "hierarchical", "balancer": "none"})
    (problem,) = hierarchical.merge({"balancer": "z_loss"})[1]
    assert str(problem) == (
        "balancer = z_loss was refused: z_loss has no meaning when router is hierarchical: its logits are "
        "log-probabilities, so they cannot drift."
    )


@pytest.mark.parametrize("router", ["dense", "hierarchical"])
@pytest.mark.parametrize("balancer", ["mutual_information", "entropy_loss", "mutual_information+entropy_loss"])
def test_a_loss_on_probabilities_has_a_meaning_where_all_are_asked(balancer: str, router: str) -> None:
    assert RunConfig.from_settings({"router": router, "balancer": balancer}).balancer.balancer == balancer


def test_dense_logits_may_be_kept_small() -> None:
    assert RunConfig.from_settings({"router": "dense", "balancer": "z_loss"}).balancer.balancer == "z_loss"


@pytest.mark.parametrize("router", ["dense", "hierarchical"])
def test_what_is_refused_for_having_no_gradient_has_none(router: str) -> None:
    """The losses that count are 1 whatever the probabilities are, and the z-loss of log-probabilities is 0."""
    settings = RunConfig.from_settings({"router": router, "balancer": "none"}).router
    made = new_router(settings, 3, num_experts=4)
    routing = route(made, random_tokens(8, 3))
    losses = [load_balancing_loss(routing), sequence_balance_loss(routing, 4)]
    losses += [router_z_loss(routing) + 1.0] if router == "hierarchical" else []
    for loss in losses:
        assert float(loss.detach()) == pytest.approx(1.0)
        for gradient in torch.autograd.grad(loss, list(made.parameters()), retain_graph=True):
            torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-6, rtol=0.0)
