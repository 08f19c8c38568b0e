"""The hierarchical mixture from the command line: what it prints, and what it refuses."""

import json
from itertools import pairwise
from typing import Any

import pytest

from moe_core.__main__ import main


def fitted(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], dict[str, Any]]:
    """The lines printed, and the last of them read."""
    assert main(["hme", *arguments, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return lines, json.loads(lines[-1])


@pytest.mark.parametrize(("task", "least"), [("piecewise", 0.5), ("moons", 0.95)])
def test_no_step_of_em_lowers_the_likelihood_and_the_test_split_is_told(
    capsys: pytest.CaptureFixture[str], task: str, least: float
) -> None:
    """Measured with seed 0: variance explained 0.599 of piecewise, accuracy 0.999 of moons."""
    lines, result = fitted(capsys, "--set", f"task={task}", "--steps", "20")
    likelihoods = result["log_likelihood"]
    assert len(likelihoods) == 21
    assert all(after >= before - 1e-6 * abs(before) for before, after in pairwise(likelihoods))
    assert likelihoods[-1] > likelihoods[0]
    assert lines[1:22] == [f"{step:8}{value:18.3f}" for step, value in enumerate(likelihoods)]
    assert result["test_score"] > least
    assert (result["data"]["task"], result["num_branches"], result["per_branch"]) == (task, 2, 4)


def test_equal_words_give_equal_numbers_and_the_seed_others(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--set", "task=moons", "--steps", "2", "--branches", "3", "--per-branch", "1", "--set")
    first, again, other = (fitted(capsys, *words, f"seed={seed}")[1] for seed in (1, 1, 2))
    assert first == again
    assert first["log_likelihood"] != other["log_likelihood"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--branches", "0"], "branches = 0 was refused: branches times per-branch is from 1 to 64."),
        (["--branches", "9", "--per-branch", "8"], "per-branch = 8 was refused: branches times per-branch is from 1"),
        (["--set", "k=2"], "k = 2 was refused: it has no meaning for hme, whose data alone is chosen by settings."),
        (["--set", "task=moon"], "task = moon was refused"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["hme", *arguments]) == 2
    output = capsys.readouterr()
    assert sentence in output.err
    assert output.out == ""
