"""What is inside an expert is what the expert computes: its units recombine to its answer."""

from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from moe_core.config.expert import GatedExpertConfig, LinearExpertConfig, MLPExpertConfig
from moe_core.experts import GatedExperts, MLPExperts, build_experts
from moe_core.hidden_units import HiddenUnits, hidden_units
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train

NUM_EXPERTS, D, F, C, T = 3, 4, 5, 2, 50

PHI: dict[str, Any] = {"relu": torch.relu, "gelu": functional.gelu, "silu": functional.silu, "tanh": torch.tanh}
KINDS: list[Any] = [
    *(MLPExpertConfig.model_validate({"d_hidden": F, "activation": name}) for name in PHI),
    GatedExpertConfig(d_hidden=F),
]
every_kind = pytest.mark.parametrize("config", KINDS, ids=str)


def inside(config: Any, expert: int = 1) -> tuple[Any, Tensor, HiddenUnits]:
    """Experts of a kind, tokens, and what is inside one of them."""
    stream = Generator().manual_seed(3)
    experts = build_experts(config, num_experts=NUM_EXPERTS, d_model=D, d_out=C, generator=stream)
    x = torch.randn(T, D, generator=stream)
    units = hidden_units(experts, expert, x)
    assert units is not None
    return experts, x, units


@every_kind
@pytest.mark.parametrize("expert", range(NUM_EXPERTS))
def test_the_units_recombined_are_the_experts_answer(config: Any, expert: int) -> None:
    experts, x, units = inside(config, expert)
    answer = units.activation.T @ units.w_out + (0.0 if units.b_out is None else units.b_out)
    torch.testing.assert_close(answer, experts.everywhere(x)[expert].detach())


@every_kind
def test_a_units_activation_follows_from_the_weights_that_lead_to_it(config: Any) -> None:
    """By the equations of the docstring, written out for one unit at a time."""
    experts, x, units = inside(config)
    for unit in range(F):
        sums = [x @ weights for weights in units.w_in[unit]]
        if isinstance(experts, GatedExperts):
            z, u = sums
            expected = functional.silu(z) * u
        else:
            assert units.b_in is not None
            expected = PHI[config.activation](sums[0] + units.b_in[unit, 0])
        torch.testing.assert_close(units.activation[unit], expected)


@every_kind
def test_the_weights_are_the_experts_own(config: Any) -> None:
    experts, _, units = inside(config, expert=2)
    is_gated = isinstance(experts, GatedExperts)
    w_in, w_out = (experts.w_in[2].T, experts.w_out[2].T) if is_gated else (experts.w_in[2], experts.w_out[2])
    torch.testing.assert_close(units.w_out, w_out, rtol=0, atol=0)
    factors = 2 if is_gated else 1
    assert units.w_in.shape == (F, factors, D)
    for factor in range(factors):
        torch.testing.assert_close(units.w_in[:, factor].T, w_in[:, factor * F : (factor + 1) * F])
    if isinstance(experts, MLPExperts):
        torch.testing.assert_close(units.b_in, experts.b_in[2].unsqueeze(1))
    else:
        assert units.b_in is None
        assert units.b_out is None


@every_kind
def test_the_effect_is_the_spread_of_a_units_term(config: Any) -> None:
    """Over the tokens, of each output's term, taken together as a length."""
    _, _, units = inside(config)
    for unit in range(F):
        terms = units.activation[unit].unsqueeze(1) * units.w_out[unit]
        torch.testing.assert_close(units.effect[unit], terms.var(0, correction=0).sum().sqrt())


def test_a_unit_that_answers_the_same_everywhere_has_no_effect() -> None:
    experts, x, _ = inside(KINDS[0])
    with torch.no_grad():
        experts.w_in[1, :, 0] = 0.0
        experts.b_in[1, 0] = 4.0
    units = hidden_units(experts, 1, x)
    assert units is not None
    assert torch.equal(units.activation[0], torch.full((T,), 4.0))
    assert units.effect[0] == 0
    assert (units.effect[1:] > 0).any()


def test_a_linear_expert_has_no_hidden_units() -> None:
    stream = Generator().manual_seed(3)
    experts = build_experts(LinearExpertConfig(), num_experts=NUM_EXPERTS, d_model=D, d_out=C, generator=stream)
    assert hidden_units(experts, 0, torch.zeros(T, D)) is None


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_looking_inside_changes_nothing_of_a_run(settings: dict[str, object]) -> None:
    """Looked at after every step, it ends bitwise as one that nobody looked at; no gradient is left on its weights."""
    looked_at, alone = (Trainer(small_config(**settings)) for _ in range(2))
    everywhere = torch.get_rng_state()
    for _ in range(5):
        train(looked_at, 1)
        units = hidden_units(looked_at.model.experts, 0, looked_at.task.test_inputs)
        assert units is None or not units.w_out.requires_grad
    assert torch.equal(torch.get_rng_state(), everywhere)
    assert fingerprint(looked_at) == fingerprint(train(alone, 5))
