"""Rules that tie several settings together: each told in a whole sentence, and the rest of the settings kept."""

import pytest

from moe_core.config import ConfigError, RunConfig
from moe_core.config.drawing import encode
from tests.moe_core.own_table import DIGEST, OwnTable, classes_table, have, values_table

KEPT = {"seed": 3, "learning_rate": 0.5}
ONE_CLASS = encode([(-1.0, 0.0, 2), (1.0, 0.0, 2)])


def told(change: dict[str, object], start: dict[str, object] | None = None) -> list[str]:
    """The sentences about a change. What else was asked for with it is done, and what was refused is as it was."""
    before = RunConfig.from_settings(start or {})
    config, problems = before.merge(change | KEPT)
    refused = {field for problem in problems for field in problem.fields}
    accepted = {name: value for name, value in change.items() if name not in refused}
    assert config == before.merge(accepted | KEPT)[0]
    assert (KEPT | accepted).items() <= config.settings().items()
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("router", ["top_k", "noisy_top_k"])
def test_more_experts_a_token_than_there_are(router: str) -> None:
    """The sentence says that there are so many experts, and so many there are."""
    assert told({"router": router, "k": 9}) == ["k = 9 was refused: it is at most the number of experts, which is 8."]
    assert told({"router": router, "num_experts": 4, "k": 5}) == [
        "k = 5 was refused: it is at most the number of experts, which is 4."
    ]


def test_fewer_experts_than_a_token_is_sent_to() -> None:
    assert told({"num_experts": 2}, {"k": 3}) == ["num_experts = 2 was refused: it is at least k, which is 3."]


def test_a_router_that_asks_more_experts_than_there_are() -> None:
    assert told({"router": "noisy_top_k"}, {"router": "switch", "num_experts": 1}) == [
        "router = noisy_top_k was refused: it would send a token to 2 experts, and the number of experts is 1."
    ]


@pytest.mark.parametrize("router", ["switch", "dense"])
def test_routers_without_a_k_take_any_number_of_experts(router: str) -> None:
    assert told({"router": router, "num_experts": 1}, {"balancer": "none"}) == []


@pytest.mark.parametrize(("task", "most"), [("digits", 1297), ("breast_cancer", 379)])
def test_more_training_examples_than_a_task_has(task: str, most: int) -> None:
    assert told({"task": task, "num_train": most}) == []
    assert told({"task": task, "num_train": most + 1}) == [
        f"num_train = {most + 1} was refused: it is at most {most} for the task {task}."
    ]
    assert told({"task": task}, {"task": "rules", "num_train": 2500}) == [
        f"task = {task} was refused: it has {most} training examples, and 2500 are asked for."
    ]


NEEDS_NOISE = "importance_and_load needs the router noisy_top_k, whose noise gives the load a gradient"


@pytest.mark.parametrize("router", ["top_k", "switch", "gshard"])
def test_a_load_loss_without_noise(router: str) -> None:
    for balancer in ("importance_and_load", "switch_loss+importance_and_load"):
        assert told({"balancer": balancer}, {"router": router}) == [
            f"balancer = {balancer} was refused: {NEEDS_NOISE}."
        ]
        assert told({"router": router, "balancer": balancer}) == [f"balancer = {balancer} was refused: {NEEDS_NOISE}."]


@pytest.mark.parametrize("router", ["top_k", "switch", "dense"])
def test_a_router_without_noise_under_a_load_loss(router: str) -> None:
    start: dict[str, object] = {"router": "noisy_top_k", "balancer": "importance_and_load"}
    assert told({"router": router}, start) == [f"router = {router} was refused: the balancer {NEEDS_NOISE}."]
    assert told({"router": router, "balancer": "none"}, start) == []


def test_a_table_that_was_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, None)
    needed = "it needs a table, so load a CSV file first"
    assert told({"task": "csv"}) == [f"task = csv was refused: {needed}."]
    assert told({"task": "csv", "table": ""}) == [f"table =  was refused: {needed}."]


def test_a_table_that_is_refused_is_told_of_once_and_not_missed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, None)
    unknown: dict[str, object] = {"task": "csv", "table": DIGEST}
    told_of = [f"table = {DIGEST} was refused: there is no table {DIGEST} here; upload its file again."]
    assert told(unknown) == told_of
    assert told(unknown, {"task": "moons"}) == told_of
    with pytest.raises(ConfigError) as refused:
        RunConfig.from_settings(unknown)
    assert len(refused.value.problems) == 1
    (sentence,) = told({"task": "csv", "table": "flowers"})
    assert sentence.startswith("table = flowers was refused: it is the digest of a loaded table")


def test_a_sentence_about_a_table_goes_on_in_lower_case_and_has_one_full_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, None)
    (sentence,) = told({"task": "csv", "table": DIGEST})
    assert sentence == f"table = {DIGEST} was refused: there is no table {DIGEST} here; upload its file again."


@pytest.mark.parametrize("table", [classes_table(num_classes=3), values_table()], ids=["classes", "values"])
def test_a_table_that_is_here_gives_the_run_its_shape(table: OwnTable, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, table)
    assert told({"task": "csv", "table": DIGEST}) == []
    shape = RunConfig.from_settings({"task": "csv", "table": DIGEST}).task.shape
    assert (shape.num_inputs, shape.num_outputs) == (4, table.num_outputs)
    assert shape.regression == (table.classes is None)


def test_a_table_that_was_deleted_under_a_run_is_told_of_and_nothing_else_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    have(monkeypatch, classes_table())
    config = RunConfig.from_settings({"task": "csv", "table": DIGEST})
    have(monkeypatch, None)
    after, (problem,) = config.merge({"seed": 3})
    assert after is config
    assert str(problem) == f"table = {DIGEST} was refused: there is no table {DIGEST} here; upload its file again."
    assert config.merge({"task": "moons"}) == (RunConfig.from_settings({"task": "moons"}), ())


def test_points_of_one_class() -> None:
    needed = "it needs points of at least two classes"
    assert told({"task": "points", "points": ONE_CLASS}) == [f"points = {ONE_CLASS} was refused: {needed}."]
    assert told({"points": ONE_CLASS}, {"task": "points"}) == [f"points = {ONE_CLASS} was refused: {needed}."]


LARGEST = "a run may have 128 MiB and 3 GFLOP."


def test_a_model_too_large_is_given_up_one_setting_at_a_time_until_the_run_fits() -> None:
    change = {"task": "digits", "num_experts": 64, "d_hidden": 512, "batch_size": 2048, "router": "switch"}
    sentences = told(change)
    for sentence, start in zip(sentences, ("num_experts = 64", "d_hidden = 512"), strict=True):
        assert sentence.startswith(f"{start} was refused: the model would be too large, with ")
        assert sentence.endswith(f" GFLOP a step; {LARGEST}")


def test_a_model_that_needs_too_much_memory_is_refused_however_little_it_computes() -> None:
    """A batch of one is quick, but each of 64 experts of 64 units is asked at 64 x 64 places, 2 + 128 + 2 numbers each,
    and 4128 + 4160 units of the baselines at 1000 examples, before and after. Of four bytes each: 195 MiB, and one of
    weights."""
    large: dict[str, object] = {"num_experts": 64, "d_hidden": 64, "batch_size": 1}
    assert told({}, large) == []
    assert ((64 * 132) * 64 * 64 + 2 * (4128 + 4160) * 1000) * 4 // 2**20 == 195
    assert told({"k": 64}, large) == [
        f"k = 64 was refused: the model would be too large, with 196 MiB and 0.0 GFLOP a step; {LARGEST}"
    ]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({"num_experts": 64, "d_hidden": 64, "balancer": "none"}, {"router": "dense"}),
        ({"expert": "linear", "num_experts": 64}, {"expert": "mlp", "d_hidden": 512}),
        ({"num_experts": 64, "d_hidden": 30, "router": "switch", "batch_size": 2048}, {"task": "digits"}),
        ({"num_experts": 64, "d_hidden": 30, "router": "switch", "task": "digits"}, {"batch_size": 2048}),
    ],
    ids=str,
)
def test_whatever_makes_a_model_too_large_is_what_is_refused(
    start: dict[str, object], change: dict[str, object]
) -> None:
    sentences = told(change, start)
    assert sentences
    assert all("the model would be too large" in sentence for sentence in sentences)
    assert {sentence.split(" = ")[0] for sentence in sentences} <= set(change)


def test_more_classes_of_drawn_points_can_make_a_model_too_large() -> None:
    two, eight = (encode((label / 10, 0.0, label) for label in range(count)) for count in (2, 8))
    start: dict[str, object] = {"task": "points", "points": two, "num_experts": 64, "router": "dense"}
    start["balancer"] = "none"
    widths = (width for width in range(1, 513) if RunConfig.from_settings(start).merge({"d_hidden": width})[1])
    start["d_hidden"] = next(widths) - 1
    (sentence,) = told({"points": eight}, start)
    assert sentence.startswith(f"points = {eight} was refused: the model would be too large, with ")
