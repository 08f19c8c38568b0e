"""What holds for every kind of experts, and how each one starts."""

import inspect
import math
from typing import Any, get_args

import pytest
import torch
from torch import Generator

from moe_core.config.cost import pair_work
from moe_core.config.expert import ExpertConfig, GatedExpertConfig, LinearExpertConfig, MLPExpertConfig
from moe_core.experts import ACTIVATIONS, EXPERTS, Experts, GatedExperts, MLPExperts, build_experts
from tests.moe_core.cases import random_tokens
from tests.moe_core.naive_layer import NAIVE_ACTIVATIONS, naive_expert

VARIANTS = get_args(get_args(ExpertConfig)[0])
CONFIGS = [
    *(MLPExpertConfig.model_validate({"d_hidden": 6, "activation": name}) for name in ACTIVATIONS),
    GatedExpertConfig(d_hidden=6),
    LinearExpertConfig(),
]


def config_name(config: Any) -> str:
    return "-".join(str(value) for value in config.model_dump().values())


def built(config: ExpertConfig, seed: int = 0) -> Experts:
    """Five experts from three inputs to two outputs."""
    return build_experts(config, num_experts=5, d_model=3, d_out=2, generator=Generator().manual_seed(seed))


def test_names_are_those_of_the_configurations() -> None:
    assert [variant.model_fields["expert"].default for variant in VARIANTS] == list(EXPERTS)


def test_activations_are_those_of_the_configuration_and_of_the_definition() -> None:
    named = get_args(MLPExpertConfig.model_fields["activation"].annotation)
    assert set(named) == set(ACTIVATIONS) == set(NAIVE_ACTIVATIONS)


@pytest.mark.parametrize("registered", EXPERTS.values(), ids=EXPERTS)
def test_what_is_registered_is_final(registered: type) -> None:
    """A class is abstract or final: nothing that can be built is also built upon."""
    assert inspect.isabstract(Experts)
    assert not inspect.isabstract(registered)
    assert getattr(registered, "__final__", False)


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_every_parameter_has_the_expert_as_its_first_axis(config: ExpertConfig) -> None:
    """So that an expert is added, copied or moved by rows. The rows of a copy answer as the original's do."""
    experts, x = built(config), random_tokens(4, 3)
    assert all(len(parameter) == 5 for parameter in experts.parameters())
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter[4] = parameter[1]
    outputs = experts.everywhere(x)
    torch.testing.assert_close(outputs[4], outputs[1])
    assert not torch.allclose(outputs[3], outputs[1])


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_what_is_counted_without_torch_is_what_is_built(config: ExpertConfig) -> None:
    """One expert's parameters, and the products of one token: one for each entry of its matrices."""
    experts = built(config)
    assert config.parameters(3, 2) == sum(parameter[0].numel() for parameter in experts.parameters())
    assert config.products(3, 2) == sum(matrix[0].numel() for matrix in experts.parameters() if matrix.ndim == 3)
    assert experts.work == pair_work(config.products(3, 2), config.activations(3, 2))


@pytest.mark.parametrize(("config", "held"), [(MLPExpertConfig(d_hidden=6), 3 + 6 + 6 + 2), (LinearExpertConfig(), 5)])
def test_numbers_held_for_a_token_in_an_expert(config: ExpertConfig, held: int) -> None:
    """Inputs, hidden units before and after the activation, outputs."""
    assert config.activations(3, 2) == held


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_no_expert_is_frozen_at_first_and_who_is_frozen_is_saved(config: ExpertConfig) -> None:
    experts = built(config)
    assert experts.frozen.tolist() == [False] * 5
    experts.frozen[3] = True
    other = built(config)
    other.load_state_dict(experts.state_dict())
    assert other.frozen.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_everywhere_is_every_experts_answer_to_every_token(config: ExpertConfig) -> None:
    experts, x = built(config), random_tokens(4, 3)
    for expert, outputs in enumerate(experts.everywhere(x)):
        torch.testing.assert_close(outputs, torch.stack([naive_expert(experts, expert, token) for token in x]))


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_first_weights_are_those_of_the_generator(config: ExpertConfig) -> None:
    """Equal seeds, equal weights; every parameter changes with the seed."""
    one, same, other = built(config), built(config), built(config, seed=1)
    for mine, its, another in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, its)
        assert not torch.equal(mine, another)


@pytest.mark.parametrize("config", CONFIGS, ids=config_name)
def test_first_weights_fill_the_interval_of_a_linear_layer(config: ExpertConfig) -> None:
    """Uniform in +-1/sqrt(fan_in), a matrix's second axis, or third if the experts are gated; biases have the same."""
    experts = build_experts(config, num_experts=200, d_model=4, d_out=9, generator=Generator().manual_seed(0))
    matrices = [parameter for parameter in experts.parameters() if parameter.ndim == 3]
    biases = [parameter for parameter in experts.parameters() if parameter.ndim == 2]
    fans_in = [matrix.shape[2 if isinstance(experts, GatedExperts) else 1] for matrix in matrices]
    assert len(biases) in (0, len(matrices))
    for weights, fan_in in [*zip(matrices, fans_in, strict=True), *zip(biases, fans_in, strict=False)]:
        bound = 1 / math.sqrt(fan_in)
        assert 0.98 * bound < weights.abs().max().item() <= bound
        assert weights.mean().item() == pytest.approx(0.0, abs=0.1 * bound)


def test_an_unknown_activation_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^activation = step was refused: it is one of relu, gelu, silu, tanh\.$"):
        MLPExperts(num_experts=2, d_model=3, d_out=2, generator=Generator(), d_hidden=4, activation="step")
