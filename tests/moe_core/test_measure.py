"""Every number that is said of a run, against its own function and against slow loops."""

import math

import pytest
import torch
from torch import Tensor

from moe_core import metrics
from moe_core.config.command import Command
from moe_core.measure import answers_of_each
from moe_core.questions import ablation, pulls, saturation, similarity
from moe_core.routing import SlotRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, meaningful, preset_trainer, small_config, train
from tests.moe_core.test_determinism import meddled

ALWAYS = {
    "test_loss",
    "test_score",
    "plain_test_loss",
    "plain_test_score",
    "wide_test_loss",
    "wide_test_score",
    "effective_experts",
    "load_entropy",
    "load_cv_squared",
    "importance_cv_squared",
    "max_violation",
    "dead_fraction",
    "dropped_fraction",
    "router_entropy",
    "router_margin",
    "own_minus_others",
}
AGREEMENT = ("mi", "nmi", "purity", "dispatch_entropy")
CLASSES = {f"expert_class_{name}" for name in AGREEMENT}
CLUSTERS = {f"expert_cluster_{name}" for name in AGREEMENT}

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def names_for(trainer: Trainer) -> set[str]:
    """The metrics that a task has: agreement with classes unless it is a regression, with clusters where they are."""
    classes = CLASSES if trainer.task.test_labels is not None else set()
    return ALWAYS | classes | (CLUSTERS if trainer.task.test_clusters is not None else set())


@every_kind
def test_metrics_are_plain_finite_numbers_under_their_names(settings: dict[str, object]) -> None:
    """Untrained, trained, and with experts added and killed."""
    trainer = Trainer(small_config(**settings))
    measured = [trainer.measure(), train(trainer, 20).measure(), meddled(settings).measure()]
    for numbers in measured:
        assert set(numbers) == names_for(trainer)
        assert all(type(value) is float for value in numbers.values())
        unknown = {name for name, value in numbers.items() if not math.isfinite(value)}
        assert all(math.isnan(numbers[name]) and of_choice(name) for name in unknown)
        assert bool(unknown) == trainer.config.router.asks_all
    assert measured[0] == trainer.initial_metrics != measured[1]


def test_each_kind_of_task_has_its_agreements() -> None:
    found = {task: names_for(Trainer(small_config(task=task))) - ALWAYS for task in ("digits", "rules", "piecewise")}
    assert found == {"digits": CLASSES, "rules": CLASSES | CLUSTERS, "piecewise": CLUSTERS}


@every_kind
def test_each_metric_is_its_function_of_the_evaluation(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 20)
    numbers, seen = trainer.measure(), trainer.evaluate()
    routing, task = seen.routing, seen.task
    load = routing.load
    wanted = {
        "test_loss": seen.test_loss,
        "test_score": seen.test_score,
        "plain_test_loss": seen.plain_test_loss,
        "plain_test_score": seen.plain_test_score,
        "wide_test_loss": seen.wide_test_loss,
        "wide_test_score": seen.wide_test_score,
        "effective_experts": metrics.effective_experts(load),
        "load_entropy": metrics.load_entropy(load),
        "load_cv_squared": metrics.cv_squared(load).item(),
        "importance_cv_squared": metrics.cv_squared(routing.importance).item(),
        "max_violation": metrics.max_violation(load),
        "dead_fraction": metrics.dead_fraction(load),
        "dropped_fraction": 0.0,
        "router_entropy": metrics.router_entropy(routing.probs),
        "router_margin": metrics.router_margin(routing.probs),
        "own_minus_others": own_minus_others(trainer),
    }
    for kind, labels in (("class", task.test_labels), ("cluster", task.test_clusters)):
        if labels is not None:
            counts = metrics.expert_label_counts(routing.assigned, labels, int(labels.max()) + 1)
            wanted |= {
                f"expert_{kind}_mi": metrics.mutual_information(counts),
                f"expert_{kind}_nmi": metrics.normalized_mutual_information(counts),
                f"expert_{kind}_purity": metrics.purity(counts),
                f"expert_{kind}_dispatch_entropy": metrics.dispatch_entropy(counts),
            }
    if routing.assigned.all():
        wanted |= {name: math.nan for name in wanted if of_choice(name)}
    assert numbers == pytest.approx(wanted, rel=1e-6, abs=1e-6, nan_ok=True)


def of_choice(name: str) -> bool:
    """Whether a metric asks what the choice of expert is worth or tells."""
    return name == "own_minus_others" or name.startswith("expert_")


def own_minus_others(trainer: Trainer) -> float:
    """For each assignment, how right that expert's answer is, less the mean of the other three on the same token."""
    task, assigned = trainer.task, trainer.evaluate().routing.assigned
    x, targets = task.test_inputs, task.test_targets
    with torch.no_grad():
        right = [task.objective.rightness(answer, targets).tolist() for answer in trainer.model.expert_outputs(x)]
    leads = [
        right[expert][token] - sum(right[other][token] for other in range(4) if other != expert) / 3
        for token, expert in assigned.nonzero().tolist()
    ]
    return sum(leads) / len(leads)


@pytest.mark.slow
def test_the_first_presets_numbers_by_direct_computation() -> None:
    """The specialists after 300 steps: load, agreement with the discs and the lead, counted one token at a time."""
    trainer = train(preset_trainer("specialists", 7), 300)
    task, routing = trainer.task, trainer.evaluate().routing
    assert task.test_clusters is not None
    chosen, discs = routing.assigned.int().argmax(1).tolist(), task.test_clusters.tolist()
    num_tokens = len(chosen)
    pairs = [(chosen.count(e) / num_tokens, e) for e in range(8)]
    load_entropy = -sum(share * math.log(share) for share, _ in pairs if share)
    disc_shares = [discs.count(d) / num_tokens for d in range(8)]
    disc_entropy = -sum(share * math.log(share) for share in disc_shares if share)
    joint = [
        sum(e == expert and d == disc for e, d in zip(chosen, discs, strict=True)) / num_tokens
        for expert in range(8)
        for disc in range(8)
    ]
    information = load_entropy + disc_entropy + sum(p * math.log(p) for p in joint if p)
    numbers = trainer.measure()
    assert numbers["load_entropy"] == pytest.approx(load_entropy, abs=1e-5)
    assert numbers["effective_experts"] == pytest.approx(math.exp(load_entropy), rel=1e-5)
    assert numbers["expert_cluster_mi"] == pytest.approx(information, abs=1e-5)
    assert numbers["expert_cluster_nmi"] == pytest.approx(2 * information / (load_entropy + disc_entropy), abs=1e-5)
    purity = sum(max(joint[8 * expert : 8 * expert + 8]) for expert in range(8))
    assert numbers["expert_cluster_purity"] == pytest.approx(purity, abs=1e-5)
    first, second = routing.probs.double().topk(2).values.mean(0).tolist()
    assert numbers["router_margin"] == pytest.approx(first - second, abs=1e-5)
    assert numbers["dead_fraction"] == sum(share < 0.1 / 8 for share, _ in pairs) / 8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_expert_is_better_on_its_own_digits_before_training(seed: int) -> None:
    """Measured over seeds 0 to 7: -0.08 to 0.04, while the untrained router's agreement with the classes (NMI) is 0.10
    to 0.27 already: it cuts space into regions, and no expert has learned its own yet."""
    numbers = preset_trainer("collapse", seed).initial_metrics
    assert numbers["own_minus_others"] == pytest.approx(0.0, abs=0.1)
    assert numbers["expert_class_nmi"] > 0.1


def test_a_trained_specialist_is_better_on_its_own_points() -> None:
    trainer = train(preset_trainer("specialists", 7), 300)
    assert trainer.measure()["own_minus_others"] > trainer.initial_metrics["own_minus_others"] + 0.1


@every_kind
def test_every_experts_answers_are_its_own_whatever_the_split_into_parts(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = train(Trainer(small_config(**settings)), 5)
    x = trainer.task.test_inputs[:30]
    whole = answers_of_each(trainer.model, x)
    assert whole.shape == (4, 30, trainer.task.num_outputs)
    monkeypatch.setattr("moe_core.measure.most_batched_pairs", lambda *_: 4 * 7)
    torch.testing.assert_close(answers_of_each(trainer.model, x), whole)
    assert all(model.training for model in trainer.model.modules())


@every_kind
def test_ablation_is_what_happens_when_an_experts_gates_are_zero(settings: dict[str, object]) -> None:
    """In a slow loop over tokens and experts: the score of the sum without one, taken from the score of the whole."""
    rate = 1.0 if settings.get("optimizer") == "sgd" else 0.1
    trainer = train(Trainer(small_config(learning_rate=rate, **settings)), 100)
    task, routing = trainer.task, trainer.evaluate().routing
    gates = routing.gates
    with torch.no_grad():
        shared = trainer.model.shared_output(task.test_inputs)
        answers = trainer.model.expert_outputs(task.test_inputs)
        if isinstance(routing, SlotRouting):
            # What an expert says to a token is the mean of its answers to slots, by what they weigh for the token.
            slots = torch.einsum("tes,td->esd", routing.dispatch_weights, task.test_inputs)
            said = [trainer.model.expert_outputs(contents)[e] for e, contents in enumerate(slots)]
            shares = routing.combine_weights / gates.unsqueeze(-1)
            answers = torch.stack([shares[:, e] @ values for e, values in enumerate(said)])

    def score(without: int | None) -> float:
        rows = []
        for token in range(len(task.test_inputs)):
            heard = [gates[token, e] * answers[e, token] for e in range(4) if e != without and gates[token, e] > 0]
            rows.append(sum(heard, shared[token]))
        return task.objective.score(torch.stack(rows), task.test_targets).item()

    wanted = [score(None) - score(expert) for expert in range(4)]
    assert ablation(trainer) == pytest.approx(wanted, abs=2e-3)
    assert any(abs(fall) > 0.01 for fall in wanted)


def test_nothing_falls_without_an_expert_that_is_dead() -> None:
    trainer = train(Trainer(small_config()), 20)
    trainer.do("kill", 1)
    assert ablation(trainer)[1] == pytest.approx(0.0, abs=1e-3)


def test_similarity_is_one_with_itself_and_with_a_copy() -> None:
    trainer = train(Trainer(small_config(task="digits")), 20)
    trainer.do("clone", 1)
    rows = torch.tensor(similarity(trainer))
    assert rows.shape == (5, 5)
    torch.testing.assert_close(rows, rows.T)
    torch.testing.assert_close(rows.diagonal(), torch.ones(5))
    assert rows[1, 4] == pytest.approx(1.0, abs=1e-5)
    assert rows[0, 1] < 0.9


def trainers_own_losses(trainer: Trainer) -> tuple[Tensor, Tensor]:
    """Over the training split as a step takes them, in training mode, with the noise that comes next."""
    inputs, targets = trainer.task.train_inputs, trainer.task.train_targets
    outputs, routing = trainer.model(inputs)
    return trainer.task_loss(inputs, outputs, routing, targets), trainer.balancer.loss(routing)


@every_kind
def test_pulls_are_the_gradients_of_the_trainers_own_losses(settings: dict[str, object]) -> None:
    """By autograd over the training split, each expert's parameters of the router after one another."""
    trainer = train(Trainer(small_config(**settings)), 10)
    tug = pulls(trainer)
    parameters = trainer.model.router.rows()
    if not parameters:
        assert tug.task.shape == tug.balance.shape == (4, 0)
        assert tug.cosine.tolist() == [0.0] * 4
        return
    for found, loss in zip((tug.task, tug.balance), trainers_own_losses(trainer), strict=True):
        wanted = [torch.zeros_like(parameter) for parameter in parameters]
        if loss.requires_grad:
            given = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
            wanted = [zero if one is None else one for one, zero in zip(given, wanted, strict=True)]
        assert torch.equal(found, torch.cat([gradient.reshape(4, -1) for gradient in wanted], dim=1))


@every_kind
def test_pulls_leave_gradients_weights_and_noise_alone(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 10)
    before, gradients = fingerprint(trainer), [parameter.grad for parameter in trainer.parameters.values()]
    values = [None if gradient is None else gradient.clone() for gradient in gradients]
    pulls(trainer)
    assert fingerprint(trainer) == before
    for parameter, gradient, value in zip(trainer.parameters.values(), gradients, values, strict=True):
        assert parameter.grad is gradient
        assert gradient is not None
        assert value is not None
        assert torch.equal(gradient, value)


def test_without_a_balancer_only_the_task_pulls() -> None:
    tug = pulls(train(Trainer(small_config(balancer="none")), 10))
    assert tug.task.any()
    assert not tug.balance.any()


@every_kind
def test_the_saturation_of_a_kept_step_is_that_of_the_routing_that_was_seen_then(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 20)
    then = trainer.evaluate().routing.assigned
    trainer.replay(meaningful(trainer.config, [Command(35, "clone", 1)]), 40)
    now = trainer.evaluate().routing.assigned
    shares = {step: share for step, share, _ in saturation(trainer)}
    assert list(shares) == [0, 20, 40]
    assert shares[20] == pytest.approx(metrics.router_saturation(then, now), nan_ok=True)


def test_saturation_sees_who_was_killed_then() -> None:
    trainer = train(Trainer(small_config(k=1)), 10)
    trainer.do("kill", int(trainer.evaluate().load.argmax()))
    then = train(trainer, 10).evaluate().routing.assigned
    now = train(trainer, 20).evaluate().routing.assigned
    shares = {step: share for step, share, _ in saturation(trainer)}
    assert shares[20] == pytest.approx(metrics.router_saturation(then, now))
    assert shares[0] < 0.8
