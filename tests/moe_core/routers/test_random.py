"""The random router: fair in training, fixed in evaluation, blind to the tokens in both."""

import pytest
import torch

from moe_core.layer import MoELayer
from moe_core.routers import RandomRouter
from moe_core.routers.router import KILLED, NEWBORN
from tests.moe_core.cases import mlp_experts, random_tokens, seeded
from tests.moe_core.naive_layer import naive_expert

T, D, E = 20_000, 3, 5


def router(seed: int = 0) -> RandomRouter:
    return RandomRouter(d_model=D, num_experts=E, generator=seeded(seed))


@pytest.mark.parametrize("training", [True, False])
def test_every_expert_is_drawn_equally_often(training: bool) -> None:
    """A share of 20 000 draws has a standard deviation of 0.003."""
    load = router().train(training)(random_tokens(T, D)).load
    torch.testing.assert_close(load, torch.full((E,), 0.2), rtol=0, atol=0.012)


def test_each_step_of_training_is_another_draw() -> None:
    one = router()
    x = random_tokens(T, D)
    same = (one(x).assigned & one(x).assigned).sum() / T
    assert float(same) == pytest.approx(0.2, abs=0.015)


def test_the_draw_of_evaluation_is_fixed_and_is_kept_with_the_weights() -> None:
    one, other, x = router().eval(), router(seed=1).eval(), random_tokens(100, D)
    assert torch.equal(one(x).assigned, one(x).assigned)
    assert not torch.equal(one(x).assigned, other(x).assigned)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(x).assigned, other(x).assigned)


def test_an_expert_more_takes_its_tokens_and_leaves_the_others_theirs() -> None:
    x = random_tokens(1000, D)
    few, more = (
        RandomRouter(d_model=D, num_experts=num_experts, generator=seeded(0)).eval()(x).assigned
        for num_experts in (E, E + 1)
    )
    taken = more[:, E]
    assert 0.1 < float(taken.float().mean()) < 0.25
    assert torch.equal(more[~taken][:, :E], few[~taken])


def test_the_tokens_do_not_matter_only_their_places() -> None:
    one = router().eval()
    assert torch.equal(one(random_tokens(100, D)).assigned, one(random_tokens(100, D, seed=9)).assigned)


@pytest.mark.parametrize("training", [True, False])
def test_the_layer_answers_with_the_drawn_expert_and_no_gate(training: bool) -> None:
    experts, x = mlp_experts(E, D, 6, 2), random_tokens(20, D)
    output, routing = MoELayer(router(), experts).train(training)(x)
    for token, expert, made in zip(x, routing.assigned.int().argmax(-1).tolist(), output, strict=True):
        torch.testing.assert_close(made, naive_expert(experts, expert, token))


def test_those_alive_are_drawn_equally_often_and_a_new_one_more_and_more() -> None:
    one, x = router(), random_tokens(T, D)
    one.offset[0], one.offset[1] = KILLED, NEWBORN
    one.notice()
    torch.testing.assert_close(one(x).load, torch.tensor([0.0, 0.0, 1 / 3, 1 / 3, 1 / 3]), rtol=0, atol=0.015)
    one.offset[1] = -1.0
    weight = torch.tensor(-1.0).exp() / (3 + torch.tensor(-1.0).exp())
    assert float(one(x).load[1]) == pytest.approx(float(weight), abs=0.012)
