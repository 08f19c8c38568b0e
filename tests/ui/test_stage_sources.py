"""Every stage of a token has its lines of source, and they really stand in their file."""

import sys
from pathlib import Path
from types import FrameType

import pytest

from moe_core.config import TABLE, RunConfig
from tests.moe_core.cases import new_router, random_tokens, small_config
from ui.source import ROOT, Source
from ui.stage_sources import ROUTERS, stage_sources


def stands_in_its_file(source: Source) -> bool:
    lines = Path(ROOT, source.path).read_text(encoding="utf-8").splitlines()
    shown = source.text.split("\n")
    return [line.strip() for line in lines[source.line - 1 :][: len(shown)]] == [line.strip() for line in shown]


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("expert", TABLE["expert"].choices)
def test_every_stage_of_every_router_and_expert_has_its_source(router: str, expert: str) -> None:
    sources = stage_sources(small_config(router=router, expert=expert))
    drawing = router in ("noisy_top_k", "gshard", "switch")
    assert [stage for stage, pieces in sources.items() if not pieces] == ([] if drawing else ["noise"])
    assert all(stands_in_its_file(Source(**piece)) for pieces in sources.values() for piece in pieces)


@pytest.mark.parametrize("renormalize", [False, True])
def test_the_lines_of_top_k_are_those_that_run(renormalize: bool) -> None:
    sources = stage_sources(RunConfig.from_settings({"router": "top_k", "renormalize": renormalize}))
    names = [[piece["text"].split("(")[0].split(" =")[0] for piece in sources[stage]] for stage in ("chosen", "gates")]
    assert names == [
        ["chosen", "assigned", "def as_assigned"],
        ["probs", "gates", *(["def softmax_over"] if renormalize else [])],
    ]


@pytest.mark.parametrize("renormalize", [False, True])
@pytest.mark.parametrize("router", ROUTERS)
def test_every_function_that_is_shown_of_a_router_runs(router: str, renormalize: bool) -> None:
    """In training, where those that draw do."""
    wanted = {"renormalize": renormalize, "input_jitter": 0.5}
    its_own = small_config(router=router).settings().keys() & wanted.keys()
    config = small_config(router=router, **{name: wanted[name] for name in its_own})
    ran: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        ran.add(frame.f_code.co_name)

    followed = new_router(config.router, 2, config.model.num_experts)
    sys.setprofile(note)
    try:
        followed(random_tokens(5, 2))
    finally:
        sys.setprofile(None)
    sources = stage_sources(config)
    shown = [piece["text"] for stage in ("logits", "noise", "selection", "chosen", "gates") for piece in sources[stage]]
    functions = {text.split("(")[0].removeprefix("def ") for text in shown if text.startswith("def ")}
    assert functions
    assert functions <= ran


def test_a_regression_shows_its_own_loss() -> None:
    (loss, _) = stage_sources(RunConfig.from_settings({"task": "piecewise"}))["losses"]
    assert "square" in loss["text"]


def test_routers_whose_tokens_cannot_be_followed_have_no_sources() -> None:
    followed = {name for name in TABLE["router"].choices if small_config(router=name).router.by_own_logits}
    assert set(ROUTERS) == followed - {"hierarchical"}
    assert stage_sources(small_config(router="soft")) == {}
