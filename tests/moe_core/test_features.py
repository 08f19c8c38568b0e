"""What the models see of a point: the map itself, and that whoever looks at a run looks through the same map."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from moe_core import checkpoint
from moe_core.config import SECTIONS, RunConfig, cost
from moe_core.config.features import ADDED
from moe_core.config.task import PlaneSection
from moe_core.experts import LinearExperts
from moe_core.features import basis_expansion
from moe_core.pictures import draw_expert, draw_experts, draw_plain
from moe_core.plane import cell_centres
from moe_core.routers import LinearRouter
from moe_core.tasks import TASKS, build_task
from moe_core.token_losses import nearest_example
from moe_core.trace import trace
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, random_tokens, small_config, train

CHOICES = tuple(ADDED)
PLANES: list[Any] = [variant() for variant in SECTIONS["task"] if issubclass(variant, PlaneSection)]

every_choice = pytest.mark.parametrize("features", CHOICES)
every_plane = pytest.mark.parametrize("config", PLANES, ids=lambda config: config.task)


def written_out(x1: float, x2: float, features: str) -> list[float]:
    """The equations, for one point."""
    squares = [x1**2, x2**2, x1 * x2] if features in ("squares", "all") else []
    waves = [math.sin(math.pi * x) for x in (x1, x2)] if features in ("waves", "all") else []
    return [x1, x2, *squares, *waves]


@every_choice
def test_the_map_is_the_one_that_is_written_down(features: str) -> None:
    places = 1.6 * random_tokens(50, 2)
    seen = basis_expansion(places, features)
    wanted = torch.tensor([written_out(x1, x2, features) for x1, x2 in places.tolist()])
    torch.testing.assert_close(seen, wanted, rtol=0, atol=1e-5)
    assert seen.shape == (50, 2 + len(ADDED[features]))
    torch.testing.assert_close(basis_expansion(places[7], features), seen[7])


@every_plane
def test_the_coordinates_alone_are_the_task_as_it_is_drawn(config: Any) -> None:
    """Bitwise: nothing of a run without other features has changed."""
    options = config.model_dump(exclude={"task", "features"})
    drawn = TASKS[config.task](np.random.default_rng(0), **options)
    task = build_task(config, np.random.default_rng(0))
    assert config.features == "coordinates"
    assert torch.equal(task.train_inputs, drawn.train_inputs)
    assert torch.equal(task.test_inputs, drawn.test_inputs)
    assert basis_expansion(task.test_inputs, "coordinates") is task.test_inputs


@every_choice
@every_plane
def test_a_task_has_the_same_points_and_as_many_inputs_as_it_says(config: Any, features: str) -> None:
    plain = build_task(config, np.random.default_rng(0))
    chosen = config.model_copy(update={"features": features})
    task = build_task(chosen, np.random.default_rng(0))
    assert task.num_inputs == chosen.shape.num_inputs == 2 + len(ADDED[features])
    assert (task.num_coordinates, task.bounds, chosen.shape.num_outputs) == (2, plain.bounds, config.shape.num_outputs)
    assert torch.equal(task.train_inputs[:, :2], plain.train_inputs)
    assert torch.equal(task.test_inputs, basis_expansion(plain.test_inputs, features))
    assert torch.equal(task.train_targets, plain.train_targets)


@every_choice
def test_router_experts_and_both_plain_networks_see_them(features: str) -> None:
    config = small_config(task="moons", features=features)
    trainer, num_inputs, price = Trainer(config), 2 + len(ADDED[features]), cost(config)
    assert isinstance(trainer.model.router, LinearRouter)
    assert trainer.model.router.weight.shape == (4, num_inputs)
    assert trainer.model.expert_outputs(trainer.task.test_inputs).shape == (4, 1000, 2)
    assert trainer.plain.w_in.shape == (num_inputs, price.plain_hidden)
    assert trainer.wide.w_in.shape == (num_inputs, price.wide_hidden)
    assert price.active_products == 4 * num_inputs + config.router.most_chosen(4) * 4 * (num_inputs + 2)


def test_one_linear_expert_draws_a_circle_of_squares() -> None:
    """Class 1 where 1 - x1^2 - x2^2 > 0: in the plane, in the expert's own picture, and nowhere a straight line."""
    trainer = Trainer(small_config(task="circles", features="squares", expert="linear", num_experts=1, k=1))
    experts, bounds = trainer.model.experts, trainer.task.bounds
    assert isinstance(experts, LinearExperts)
    assert bounds is not None
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.zero_()
        experts.weight[0, 2:4, 1] = -1.0
        experts.bias[0, 1] = 1.0
    inside = (cell_centres(bounds, 32).square().sum(-1) < 1.0).reshape(32, 32).numpy()
    plane = trainer.plane(32)
    assert plane is not None
    assert np.array_equal(plane.prediction.astype(bool), inside)
    assert inside.sum() * (3.2 / 32) ** 2 == pytest.approx(math.pi, rel=0.05)
    answer, _ = draw_expert(trainer.model, bounds, 32, 0, "squares")
    assert np.array_equal(answer > 127, inside)
    assert np.array_equal(draw_experts(trainer.model, bounds, 32, 2, "squares").reshape(32, 32), answer)


@every_choice
def test_every_cell_of_the_pictures_is_what_the_models_say_there(features: str) -> None:
    trainer = train(Trainer(small_config(features=features)), 20)
    bounds, plane = trainer.task.bounds, trainer.plane(5)
    assert plane is not None
    assert bounds is not None
    plain = draw_plain(trainer.plain, bounds, 5, features)
    for cell, place in enumerate(cell_centres(bounds, 5)):
        own = trace(trainer.model, basis_expansion(place, features))
        row, column = divmod(cell, 5)
        assert plane.prediction[row, column] == int(own.answer.argmax())
        assert plane.owner[row, column] == int(own.probs.argmax())
        assert plain[row, column] == int(trainer.plain(basis_expansion(place, features)[None]).argmax())


def test_the_example_nearest_to_a_place_is_nearest_on_the_plane() -> None:
    trainer = Trainer(small_config(features="all"))
    flat = Trainer(small_config())
    for place in 1.5 * random_tokens(20, 2):
        assert nearest_example(trainer.task, basis_expansion(place, "all")) == nearest_example(flat.task, place)


@pytest.mark.parametrize("router", ["hash", "noisy_top_k", "expert_choice"])
def test_a_run_with_features_goes_on_from_a_file_and_from_a_kept_step(tmp_path: Path, router: str) -> None:
    balancer = {} if router == "noisy_top_k" else {"balancer": "none"}
    trainer = train(Trainer(small_config(features="all", router=router, **balancer)), 25)
    checkpoint.save(trainer, tmp_path / "run.safetensors")
    loaded = checkpoint.load(tmp_path / "run.safetensors")
    assert loaded.config.settings()["features"] == "all"
    assert fingerprint(loaded) == fingerprint(trainer)
    end = fingerprint(train(trainer, 10))
    assert fingerprint(train(loaded, 10)) == end
    trainer.go_back(20)
    assert fingerprint(train(trainer, 15)) == end


@pytest.mark.parametrize("task", ["piecewise", "digits", "breast_cancer"])
def test_only_points_on_a_plane_have_features(task: str) -> None:
    _, problems = RunConfig().merge({"task": task, "features": "squares"})
    assert [str(problem) for problem in problems] == [
        f"features = squares was refused: it has no meaning when task is {task}."
    ]
    chosen, _ = RunConfig().merge({"features": "squares"})
    assert chosen.merge({"task": "moons"})[0].settings()["features"] == "squares"
    other, problems = chosen.merge({"task": task})
    assert (problems, "features" in other.settings()) == ((), False)


def test_a_token_that_is_its_own_output_keeps_its_size() -> None:
    config = RunConfig.from_settings({"capacity": "limited", "dropped": "residual"})
    _, problems = config.merge({"features": "waves"})
    assert [problem.field for problem in problems] == ["features"]
    assert "rules has 4 inputs and 2 outputs" in str(problems[0])
    assert not config.merge({"features": "squares", "task": "pinwheel"})[1]


def test_a_choice_that_does_not_exist_is_refused_by_name() -> None:
    _, (problem,) = RunConfig().merge({"features": "square"})
    choices = "did you mean squares? the choices are coordinates, squares, waves, all"
    assert str(problem) == f"features = square was refused: no such features; {choices}."
