"""Examples of many features on a plane, and the mean image of what each expert is given."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from moe_core.projection import MOST_SAMPLES, Projection, principal_components, project, received
from moe_core.routers import LinearRouter
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train


def projection_of(trainer: Trainer) -> Projection:
    projection = project(trainer.task)
    assert projection is not None
    return projection


@pytest.mark.parametrize("features", [2, 3, 30, 800])
def test_the_components_are_scikit_learns(features: int) -> None:
    """Up to the direction of each axis. Also with more features than examples."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(200, features)) * random.uniform(0.5, 5.0, features) + random.normal(size=features)
    wanted = PCA(n_components=2, svd_solver="full").fit_transform(inputs)
    places = principal_components(inputs)
    for axis in range(2):
        sign = np.sign(places[0, axis] * wanted[0, axis])
        assert places[:, axis] == pytest.approx(sign * wanted[:, axis], abs=1e-9)


def test_the_largest_weight_of_each_axis_is_positive() -> None:
    """So the picture does not turn over: inputs that vary along (1, -3) and little else grow to the side of -3."""
    steps = np.linspace(-1.0, 1.0, 9)[:, None]
    places = principal_components(steps * np.array([[1.0, -3.0]]))
    assert places[:, 0] == pytest.approx(-steps[:, 0] * np.sqrt(10.0))
    assert places[:, 1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("inputs", [np.ones((5, 3)), np.arange(4.0)[:, None], np.ones((1, 6))])
def test_examples_without_a_second_direction_lie_on_a_line_or_a_point(inputs: np.ndarray) -> None:
    places = principal_components(inputs)
    assert places.shape == (len(inputs), 2)
    assert places[:, 1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("task", "count"), [("digits", 500), ("breast_cancer", 190), ("moons", 500)])
def test_the_test_split_is_laid_out_within_one_of_the_middle(task: str, count: int) -> None:
    trainer = Trainer(small_config(task=task))
    seen = projection_of(trainer)
    num_shown = min(MOST_SAMPLES, len(trainer.task.test_targets))
    assert num_shown == count
    assert seen.places.shape == (num_shown, 2)
    assert seen.places.dtype == np.float32
    assert np.abs(seen.places).max() == 1.0
    labels = trainer.task.test_labels
    assert labels is not None
    assert seen.targets.tolist() == labels[seen.samples].tolist()
    assert seen.targets.dtype == np.uint8


def test_distances_keep_their_proportions() -> None:
    """Both axes are divided by one number: of a task of two inputs, every distance shrinks alike."""
    trainer = Trainer(small_config(task="moons"))
    seen = projection_of(trainer)
    inputs = trainer.task.test_inputs[seen.samples].numpy()
    before, after = (np.linalg.norm(points[1:] - points[:-1], axis=1) for points in (inputs, seen.places))
    assert after / before == pytest.approx(after[0] / before[0], rel=1e-3)


def test_the_projection_stays_while_the_models_learn() -> None:
    trainer = Trainer(small_config(task="digits"))
    before = projection_of(trainer)
    after = projection_of(train(trainer, 5))
    assert np.array_equal(before.places, after.places)
    assert np.array_equal(before.samples, after.samples)


def test_a_regression_is_not_projected() -> None:
    assert project(Trainer(small_config(task="piecewise")).task) is None


def test_an_example_is_the_experts_that_it_believes_in_most_of_those_it_chose() -> None:
    trainer = train(Trainer(small_config(task="digits")), 5)
    evaluation = trainer.evaluate()
    assert evaluation.owner.dtype == np.uint8
    assert evaluation.owner.tolist() == evaluation.routing.probs.argmax(-1).tolist()
    trainer.do("force", 2)
    trainer.do("kill", 0)
    assert 0 not in trainer.evaluate().owner


def by_one_pixel(num_experts: int, **settings: object) -> Trainer:
    """Images whose pixel 20 is brighter than 0.53 go to expert 0, the others to expert 1; further ones get none."""
    trainer = Trainer(small_config(task="digits", num_experts=num_experts, router="switch", **settings))
    router = trainer.model.router
    assert isinstance(router, LinearRouter)
    assert router.bias is not None
    with torch.no_grad():
        router.weight.zero_()
        router.weight[0, 20] = 1.0
        router.bias.copy_(torch.tensor([-0.53, 0.0] + [-9.0] * (num_experts - 2)))
    return trainer


def test_an_expert_receives_the_mean_of_its_images() -> None:
    trainer = by_one_pixel(num_experts=3, noise=0.0)
    images = trainer.task.test_inputs.numpy()
    bright = images[:, 20] > 0.53
    seen = received(trainer)
    assert seen is not None
    assert seen.shape == (3, 64)
    assert seen.dtype == np.uint8
    for expert, own in enumerate((images[bright], images[~bright])):
        assert seen[expert] == pytest.approx(255 * own.mean(0), abs=0.51)


def test_an_expert_that_receives_nothing_has_a_dark_image() -> None:
    seen = received(by_one_pixel(num_experts=4))
    assert seen is not None
    assert seen[:2].any()
    assert not seen[2:].any()


def test_noise_does_not_take_a_pixel_out_of_its_range() -> None:
    """One image of heavy noise: below black is black, above white is white."""
    trainer = by_one_pixel(num_experts=2, noise=1.0)
    task = trainer.task
    object.__setattr__(task, "test_inputs", task.test_inputs[:1])
    object.__setattr__(task, "test_targets", task.test_targets[:1])
    seen = received(trainer)
    assert seen is not None
    (image,) = task.test_inputs.numpy()
    owner = int(trainer.evaluate().owner[0])
    assert image.min() < 0.0
    assert image.max() > 1.0
    assert seen[owner] == pytest.approx(255 * image.clip(0.0, 1.0), abs=0.51)


def test_a_task_without_images_gives_none_to_receive() -> None:
    assert received(Trainer(small_config(task="breast_cancer"))) is None


def test_looking_changes_nothing() -> None:
    trainer = train(Trainer(small_config(task="digits", router="noisy_top_k")), 3)
    before = fingerprint(trainer)
    received(trainer)
    project(trainer.task)
    assert fingerprint(trainer) == before
