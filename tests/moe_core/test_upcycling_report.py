"""A network made into a mixture from the command line: what it prints, and what it refuses."""

import json
from typing import Any

import pytest

from moe_core.__main__ import main


def upcycled(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], dict[str, Any]]:
    """The lines printed, and the last of them read."""
    assert main(["upcycle", "--preset", "specialists", "--set", "num_train=200", *arguments, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return lines, json.loads(lines[-1])


def test_with_gates_that_sum_to_one_the_mixture_begins_as_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--set", "router=top_k", "--set", "k=2", "--set", "renormalize=true", "--steps", "40")
    lines, result = upcycled(capsys, *words)
    scores = result["test_scores"]
    assert result["sum_of_gates"] == pytest.approx(1.0)
    assert scores["mixture_of_copies"] == scores["network"]
    assert len({*scores.values()}) > 2
    assert lines[0] == "accuracy on the test split after 40 steps each, gates sum to 1.000"
    assert [line.split()[-1] for line in lines[1:6]] == [f"{score:.3f}" for score in scores.values()]


def test_with_gates_as_they_are_it_begins_as_the_network_made_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    _, result = upcycled(capsys, "--set", "router=switch", "--steps", "5")
    assert 1 / 8 < result["sum_of_gates"] < 0.9


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("expert=gated", "expert = gated was refused: an expert that is a copy of a plain network has expert = mlp."),
        ("num_shared=1", "num_shared = 1 was refused: an expert that is a copy of a plain network has num_shared = 0."),
        ("activation=tanh", "activation = tanh was refused: an expert that is a copy of a plain network has "),
        ("k=99", "k = 99 was refused"),
    ],
)
def test_what_cannot_be_a_copy_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], setting: str, sentence: str
) -> None:
    assert main(["upcycle", "--preset", "specialists", "--set", "router=top_k", "--set", setting]) == 2
    output = capsys.readouterr()
    assert sentence in output.err
    assert output.out == ""
