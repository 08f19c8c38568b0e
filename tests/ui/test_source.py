"""What a page shows as the source is the source."""

import inspect

import pytest

from moe_core.losses import load_balancing_loss
from moe_core.routers.switch import SwitchRouter
from ui.source import ROOT, source_of


def test_a_function_is_shown_as_it_stands_in_its_file():
    source = source_of("moe_core.losses", "load_balancing_loss")
    assert source.text == inspect.getsource(load_balancing_loss).rstrip()
    assert source.line == inspect.getsourcelines(load_balancing_loss)[1]
    assert (ROOT / source.path).is_file()


def test_a_class_comes_with_its_decorators_and_a_method_without_its_indent():
    assert source_of("moe_core.routers.switch", "SwitchRouter").text == inspect.getsource(SwitchRouter).rstrip()
    method = source_of("moe_core.routers.switch", "SwitchRouter.forward").text
    assert method == inspect.cleandoc("\n" + inspect.getsource(SwitchRouter.forward))


@pytest.mark.parametrize("name", ["nothing", "load_balancing_loss.nothing"])
def test_what_is_not_there_is_refused(name: str):
    with pytest.raises(ValueError, match=f"moe_core.losses has no {name}"):
        source_of("moe_core.losses", name)


def test_lines_that_give_a_value_are_found() -> None:
    router = "moe_core.routers.top_k", "TopKRouter.forward"
    assert source_of(*router, "probs").text == "probs = logits.softmax(-1)"
    assert source_of("moe_core.routers.cosine", "CosineRouter.forward", "gates").text.startswith("gates=")
    noisy = source_of("moe_core.routers.noisy_top_k", "NoisyTopKRouter.forward", "noisy").text
    assert noisy.startswith("noise_std, noisy = None, logits\n")
    assert "torch.randn" in noisy.splitlines()[-1]


@pytest.mark.parametrize(("name", "giving"), [("nothing", None), ("TopKRouter.forward", "nothing")])
def test_what_is_not_there_is_an_error(name: str, giving: str | None) -> None:
    with pytest.raises(ValueError, match="nothing"):
        source_of("moe_core.routers.top_k", name, giving)
