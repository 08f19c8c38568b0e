"""Two losses pull at the router: their gradients by hand, and what the look leaves untouched."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from moe_core.metrics import TugOfWar, tug_of_war
from tests.moe_core.metrics.cases import permutation, seeded


def router_rows(seed: int = 0) -> tuple[nn.Parameter, nn.Parameter]:
    """weight (4, 3) and bias (4,)."""
    generator = seeded(seed)
    return nn.Parameter(torch.randn(4, 3, generator=generator)), nn.Parameter(torch.randn(4, generator=generator))


def losses(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Two losses with one graph in common, as a model's have."""
    x = torch.randn(20, 3, generator=seeded(1))
    probs = functional.linear(x, weight, bias).softmax(-1)
    return functional.nll_loss(probs.log(), torch.arange(20) % 4), 4 * probs.mean(0).square().sum()


def test_gradients_by_hand() -> None:
    """task = 2 w_00 + b_0 and balance = -w_00 + 3 w_11, so that expert 0 is pulled both ways and expert 1 one way."""
    weight, bias = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(2))
    tug = tug_of_war(2 * weight[0, 0] + bias[0], -weight[0, 0] + 3 * weight[1, 1], [weight, bias])
    assert tug.task.tolist() == [[2, 0, 1], [0, 0, 0]]
    assert tug.balance.tolist() == [[-1, 0, 0], [0, 3, 0]]
    # (2 x -1) / (sqrt 5 x 1), and 0 where one side does not pull.
    torch.testing.assert_close(tug.cosine, torch.tensor([-2 / 5**0.5, 0.0]))


def test_descent_on_a_loss_goes_against_its_gradient() -> None:
    weight, bias = router_rows()
    before, balance = losses(weight, bias)
    tug = tug_of_war(before, balance, [weight, bias])
    step = 0.01 * tug.task
    after, _ = losses(weight.detach() - step[:, :3], bias.detach() - step[:, 3])
    assert bool(after < before)


@pytest.mark.parametrize(
    ("balance", "cosine"),
    [([3.0, 4.0], 1.0), ([-0.3, -0.4], -1.0), ([4.0, -3.0], 0.0), ([0.0, 0.0], 0.0)],
    ids=["together", "against each other", "across", "one rests"],
)
def test_cosine_at_its_ends(balance: list[float], cosine: float) -> None:
    tug = TugOfWar(task=torch.tensor([[3.0, 4.0]]), balance=torch.tensor([balance]))
    assert tug.cosine.tolist() == pytest.approx([cosine])


def test_gradients_too_small_to_be_squared_still_have_a_direction() -> None:
    tiny = torch.tensor([[1e-30, 2e-30]])
    assert TugOfWar(task=tiny, balance=-tiny).cosine.tolist() == pytest.approx([-1.0])


def test_two_losses_in_equilibrium_pull_against_each_other() -> None:
    """(w - 1)^2 + (w + 1)^2 is least at w = 0, where the pulls are -2 and 2."""
    weight = nn.Parameter(torch.zeros(3, 1))
    tug = tug_of_war((weight - 1).square().sum(), (weight + 1).square().sum(), [weight])
    torch.testing.assert_close(tug.task + tug.balance, torch.zeros(3, 1))
    assert tug.cosine.tolist() == pytest.approx([-1.0, -1.0, -1.0])


def test_it_is_what_a_backward_pass_for_each_loss_gives() -> None:
    weight, bias = router_rows()
    tug = tug_of_war(*losses(weight, bias), [weight, bias])
    for number, found in enumerate((tug.task, tug.balance)):
        weight, bias = router_rows()
        torch.autograd.backward(losses(weight, bias)[number])
        assert weight.grad is not None
        assert bias.grad is not None
        torch.testing.assert_close(found, torch.cat([weight.grad, bias.grad[:, None]], dim=1))


def test_looking_changes_no_gradient_and_spends_no_graph() -> None:
    weight, bias = router_rows()
    weight.grad = torch.full_like(weight, 7.0)
    task, balance = losses(weight, bias)
    tug = tug_of_war(task, balance, [weight, bias])
    assert bool((weight.grad == 7).all())
    assert bias.grad is None
    torch.autograd.backward(task + balance)
    assert bias.grad is not None
    torch.testing.assert_close(bias.grad, (tug.task + tug.balance)[:, 3])


def test_a_loss_that_does_not_depend_on_the_router_does_not_pull() -> None:
    """No balancing at all is a constant; another loss may reach the weight and not the bias."""
    weight, bias = router_rows()
    task, _ = losses(weight, bias)
    tug = tug_of_war(task, torch.zeros(()), [weight, bias])
    assert bool((tug.balance == 0).all())
    assert tug.cosine.tolist() == [0.0] * 4
    assert bool((tug_of_war(task, weight.sum(), [weight, bias]).balance[:, 3] == 0).all())


def test_a_cosine_is_never_over_one_however_it_is_rounded() -> None:
    gradients = torch.randn(2000, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert float(TugOfWar(task=gradients, balance=3.0 * gradients).cosine.max()) == 1.0
    assert float(TugOfWar(task=gradients, balance=-gradients).cosine.min()) == -1.0


def test_the_order_of_experts_orders_the_rows() -> None:
    weight, bias = router_rows()
    order = permutation(4, seed=2)
    mixed_weight, mixed_bias = nn.Parameter(weight[order].detach()), nn.Parameter(bias[order].detach())
    tug = tug_of_war(weight.square().sum(), bias.exp().sum(), [weight, bias])
    mixed = tug_of_war(mixed_weight.square().sum(), mixed_bias.exp().sum(), [mixed_weight, mixed_bias])
    torch.testing.assert_close(mixed.task, tug.task[order])
    torch.testing.assert_close(mixed.balance, tug.balance[order])


@pytest.mark.parametrize("rows", [[], [torch.zeros(2, 2)]], ids=["no rows", "a frozen row"])
def test_rows_without_a_gradient_are_refused(rows: list[Tensor]) -> None:
    loss = torch.zeros((), requires_grad=True)
    with pytest.raises(ValueError, match="each must require a gradient"):
        tug_of_war(loss, loss, rows)
