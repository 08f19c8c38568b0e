"""The models that train side by side."""

import pytest
import torch
from torch import Generator, nn

from moe_core.config import RunConfig, cost, presets
from moe_core.config.routers import SoftRouterConfig
from moe_core.layer import MoELayer
from moe_core.model import PlainNetwork, build_mixture, evaluation_mode
from tests.moe_core.cases import every_choice, random_tokens, seeded, small_config

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def mixture(config: RunConfig, seed: int = 0) -> MoELayer:
    return build_mixture(config, seeded(seed))


def network(config: RunConfig, width: int) -> PlainNetwork:
    shape = config.task.shape
    return PlainNetwork(shape.num_inputs, width, shape.num_outputs, seeded(0))


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_the_plain_network_is_one_hidden_layer() -> None:
    plain = PlainNetwork(num_inputs=3, width=7, num_outputs=2, generator=seeded(0))
    assert plain.width == 7
    x = random_tokens(5, 3)
    for token, answer in zip(x, plain(x), strict=True):
        hidden = (token @ plain.w_in + plain.b_in).clamp(min=0.0)
        torch.testing.assert_close(answer, hidden @ plain.w_out + plain.b_out)


@pytest.mark.parametrize("settings", [*every_choice(), *({"preset": name} for name in presets.NAMES)], ids=str)
def test_the_plain_network_does_the_mixtures_work_to_within_half_a_unit(settings: dict[str, object]) -> None:
    """Products a token: one for each weight that the token meets, so the router's matrices and k experts' matrices."""
    name = settings.get("preset")
    config = presets.load(str(name)).config if name else small_config(**settings)
    model, plain = mixture(config), network(config, cost(config).plain_hidden)
    k = config.router.typically_chosen(config.model.num_experts) + config.model.num_shared
    router_products = sum(matrix.numel() for matrix in model.router.parameters() if matrix.ndim >= 2)
    if isinstance(config.router, SoftRouterConfig):
        router_products *= 2
    expert_products = sum(matrix[0].numel() for matrix in model.experts.parameters() if matrix.ndim == 3)
    one_unit = config.task.shape.num_inputs + config.task.shape.num_outputs
    work = plain.w_in.numel() + plain.w_out.numel()
    assert abs(work - router_products - k * expert_products) <= one_unit / 2 or plain.width == 1


@pytest.mark.parametrize("settings", [*every_choice(), *({"preset": name} for name in presets.NAMES)], ids=str)
def test_the_wide_network_has_the_mixtures_parameters_to_within_half_a_unit(settings: dict[str, object]) -> None:
    name = settings.get("preset")
    config = presets.load(str(name)).config if name else small_config(**settings)
    wide = network(config, cost(config).wide_hidden)
    one_unit = config.task.shape.num_inputs + 1 + config.task.shape.num_outputs
    assert abs(count(wide) - count(mixture(config))) <= one_unit / 2 or wide.width == 1


@every_kind
def test_a_mixture_answers_each_token_and_says_how(settings: dict[str, object]) -> None:
    config = small_config(**settings)
    shape = config.task.shape
    answers, routing = mixture(config)(random_tokens(7, shape.num_inputs))
    assert answers.shape == (7, shape.num_outputs)
    assert routing.load.shape == (config.model.num_experts,)


@every_kind
def test_a_mixture_has_more_experts_where_some_were_added(settings: dict[str, object]) -> None:
    config = small_config(**settings)
    grown = build_mixture(config, seeded(0), num_experts=config.model.num_experts + 2)
    state = {name: tensor for part in (grown.router, grown.experts) for name, tensor in part.state_dict().items()}
    rows = {len(tensor) for name, tensor in state.items() if name not in grown.router.shared_parameters}
    assert rows == {config.model.num_experts + 2}


@every_kind
def test_first_weights_come_from_the_generator(settings: dict[str, object]) -> None:
    config = small_config(**settings)
    one, same, other = (mixture(config, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    drawn = [name for name in one if name.startswith("router.") and one[name].any() and one[name].numel() > 1]
    assert not any(torch.equal(one[name], other[name]) for name in drawn)


def test_evaluation_mode_is_left_as_it_was_found() -> None:
    """No gradients and no noise inside, training again outside, also after an error."""
    model, plain = mixture(small_config(router="noisy_top_k")), PlainNetwork(2, 3, 2, Generator())
    with evaluation_mode(model, plain):
        output, routing = model(random_tokens(3, 2))
        assert not model.router.training
        assert not plain.training
        assert not output.requires_grad
        assert routing.noise_std is None
    assert model.router.training
    assert plain.training

    def fail() -> None:
        with evaluation_mode(model):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert model.router.training
