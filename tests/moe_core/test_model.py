"""The two models that train side by side."""

import math

import pytest
import torch
from torch import Generator

from moe_core.config import RunConfig, presets
from moe_core.experts import Experts
from moe_core.model import MoEClassifier, PlainNetwork
from tests.moe_core.cases import random_tokens, small_config


def test_the_plain_network_is_one_hidden_layer() -> None:
    plain = PlainNetwork(small_config(), Generator().manual_seed(0))
    x = random_tokens(5, 2)
    for token, scores in zip(x, plain(x), strict=True):
        hidden = (token @ plain.w_in + plain.b_in).clamp(min=0.0)
        torch.testing.assert_close(scores, hidden @ plain.w_out + plain.b_out)


@pytest.mark.parametrize("name", presets.NAMES)
def test_the_plain_network_does_the_mixtures_work_to_within_half_a_unit(name: str) -> None:
    """Products a token: one for each weight the token meets, so the router's matrix and k experts' matrices."""
    config = presets.load(name).config
    model, plain = MoEClassifier(config, Generator()), PlainNetwork(config, Generator())
    experts = model.layer.experts
    router_products = config.model.num_experts * config.task.num_inputs
    active = router_products + config.router.k * (experts.w_in[0].numel() + experts.w_out[0].numel())
    one_unit = config.task.num_inputs + config.task.num_classes
    assert abs(plain.w_in.numel() + plain.w_out.numel() - active) <= one_unit / 2


@pytest.mark.parametrize("settings", [{}, {"router": "switch"}, {"task": "digits"}, {"router_bias": False}])
def test_class_scores_and_the_routing_that_made_them(settings: dict[str, object]) -> None:
    config = RunConfig.from_settings(settings)
    model = MoEClassifier(config, Generator().manual_seed(0))
    scores, routing = model(random_tokens(7, config.task.num_inputs))
    assert scores.shape == (7, config.task.num_classes)
    assert routing.load.shape == (config.model.num_experts,)


def test_experts_start_as_linear_layers_do() -> None:
    """Uniform in +-1/sqrt(fan_in), the whole interval used, and every expert different."""
    experts = Experts(8, 4, 100, 9, Generator().manual_seed(0))
    for weights, fan_in in ((experts.w_in, 4), (experts.b_in, 4), (experts.w_out, 100), (experts.b_out, 100)):
        bound = 1 / math.sqrt(fan_in)
        assert 0.9 * bound < weights.abs().max().item() <= bound
        assert weights.mean().item() == pytest.approx(0.0, abs=0.15 * bound)
        assert len(torch.unique(weights.flatten(1), dim=0)) == 8
