"""What is inside an expert, in a frame: the core's own numbers, true pictures, and a run that does not notice."""

import numpy as np
import pytest
import torch

from moe_core.features import basis_expansion
from moe_core.hidden_units import hidden_units
from moe_core.plane import cell_centres
from moe_core.trainer import Trainer
from server import frames, member_picture
from server.inside import LINE_PLACES, MOST_UNITS, PLANE_SIDE, Inside, inside_of
from server.live_run import LiveRun
from server.protocol import Command, FrameRequest, Look
from server.rendering import Renderer
from tests.moe_core.cases import every_choice, small_config, train
from tests.server.looks import end_of_a_run, look_at

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)

ARRAYS = {"unit_effects", "unit_pictures", "unit_weights", "unit_biases", "unit_answers", "answer_biases"}

WITH_A_PICTURE: list[dict[str, object]] = [
    {"task": "moons"},
    {"task": "moons", "expert": "gated"},
    {"task": "moons", "activation": "tanh"},
    {"task": "moons", "features": "all"},
    {"task": "piecewise"},
]


@every_kind
def test_the_numbers_of_a_frame_are_the_cores(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 10)
    units = hidden_units(trainer.model.experts, 1, trainer.task.test_inputs)
    header, arrays = look_at(LiveRun(trainer), Look(inside=1))
    told = header["inside"]
    assert (told["step"], told["expert"]) == (10, 1)
    if units is None:
        assert told["hidden"] == 0
        assert not ARRAYS & set(arrays)
        return
    chosen = told["units"]
    assert told["hidden"] == len(units.effect)
    assert told["factors"] == units.w_in.shape[1]
    np.testing.assert_allclose(arrays["unit_effects"], units.effect[chosen], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(arrays["unit_weights"], units.w_in[chosen].flatten(1))
    np.testing.assert_array_equal(arrays["unit_answers"], units.w_out[chosen])
    assert ("unit_biases" in arrays) == ("answer_biases" in arrays) == (units.b_in is not None)
    if units.b_in is not None and units.b_out is not None:
        np.testing.assert_array_equal(arrays["unit_biases"], units.b_in[chosen])
        np.testing.assert_array_equal(arrays["answer_biases"].flatten(), units.b_out)


@pytest.mark.parametrize("settings", WITH_A_PICTURE, ids=str)
def test_a_units_picture_is_its_activation_everywhere(settings: dict[str, object]) -> None:
    """Over a plane within half a level of 255; of one input as it is. The scale is the units' own, and holds zero."""
    trainer = train(Trainer(small_config(**settings)), 10)
    bounds = trainer.task.bounds
    assert bounds is not None
    inside = inside_of(trainer, 0)
    is_line = trainer.task.num_inputs == 1
    line = torch.linspace(bounds[0], bounds[1], LINE_PLACES).unsqueeze(-1)
    cells = basis_expansion(cell_centres(bounds, PLANE_SIDE), trainer.task.features)
    units = hidden_units(trainer.model.experts, 0, line if is_line else cells)
    assert units is not None
    assert len(inside.header["inputs"]) == trainer.task.num_inputs
    activation = units.activation[inside.header["units"]].numpy()
    low, high = inside.header["low"], inside.header["high"]
    assert low == pytest.approx(min(0.0, activation.min()))
    assert high == pytest.approx(max(0.0, activation.max()))
    pictures = inside.arrays["unit_pictures"]
    if is_line:
        np.testing.assert_array_equal(pictures, activation)
    else:
        levels = low + pictures / 255.0 * (high - low)
        np.testing.assert_allclose(levels, activation, atol=0.51 * (high - low) / 255.0)


@pytest.mark.parametrize("task", ["digits", "breast_cancer"])
def test_where_there_is_no_plane_there_are_weights_and_no_pictures(task: str) -> None:
    inside = inside_of(Trainer(small_config(task=task)), 0)
    assert inside.arrays.keys() == ARRAYS - {"unit_pictures"}
    assert inside.header["inputs"] is None


def test_of_many_units_those_with_the_largest_effect_are_shown() -> None:
    trainer = train(Trainer(small_config(d_hidden=40)), 10)
    units = hidden_units(trainer.model.experts, 2, trainer.task.test_inputs)
    assert units is not None
    inside = inside_of(trainer, 2)
    chosen = inside.header["units"]
    assert inside.header["hidden"] == 40
    assert len(set(chosen)) == len(chosen) == MOST_UNITS
    effects = units.effect[chosen]
    assert effects.tolist() == sorted(effects.tolist(), reverse=True)
    left_out = [unit for unit in range(40) if unit not in chosen]
    assert units.effect[left_out].max() <= effects.min()


def test_weights_that_ran_away_are_still_told() -> None:
    """A header holds no infinity, and a picture no number that is none."""
    trainer = Trainer(small_config(task="moons"))
    with torch.no_grad():
        for name, weights in trainer.model.experts.named_parameters():
            weights.fill_(3e38 if name == "w_in" else -1.0)
    header, arrays = look_at(LiveRun(trainer), Look(inside=0))
    assert header["inside"]["high"] is None
    assert arrays["unit_pictures"].shape[1] == PLANE_SIDE**2


def test_an_expert_that_there_is_not_has_nothing_inside() -> None:
    header, arrays = look_at(LiveRun(Trainer(small_config())), Look(inside=200))
    assert header["inside"] == {"step": 0, "expert": 200, "hidden": 0}
    assert not ARRAYS & set(arrays)


@pytest.mark.parametrize("name", ["freeze", "kill", "clone", "add"])
def test_an_expert_can_be_looked_into_whatever_was_done_to_it(name: str) -> None:
    run = LiveRun(train(Trainer(small_config()), 5))
    run.obey(Command(command="intervene", name=name, expert=None if name == "add" else 1), now=0.0)
    for expert in range(run.trainer.num_experts):
        header, arrays = look_at(run, Look(inside=expert))
        units = hidden_units(run.trainer.model.experts, expert, run.trainer.task.test_inputs)
        assert units is not None
        np.testing.assert_array_equal(arrays["unit_answers"], units.w_out[header["inside"]["units"]])


@every_kind
def test_a_run_does_not_notice_that_it_is_looked_into(settings: dict[str, object]) -> None:
    """Bitwise the same run."""
    assert end_of_a_run(settings, Look(inside=1)) == end_of_a_run(settings, Look())


def test_it_is_measured_only_while_it_is_looked_at_and_anew_for_another_expert(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def note(trainer: Trainer, expert: int) -> Inside:
        measured.append(expert)
        return inside_of(trainer, expert)

    monkeypatch.setattr(member_picture, "inside_of", note)
    run, renderer = LiveRun(Trainer(small_config())), Renderer(now=0.0)
    for look in (Look(), Look(inside=2), Look(inside=2), Look(expert=1), Look(inside=0)):
        header, arrays = frames.unpack(renderer.frame(run, FrameRequest(look=look)))
        assert (header["inside"] is None) == (not ARRAYS & set(arrays)) == (look.inside is None)
    assert measured == [2, 0]
