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
