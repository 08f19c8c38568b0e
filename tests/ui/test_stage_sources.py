"""Every stage of a token has its lines of source, and they really stand in their file."""

from pathlib import Path

import pytest

from moe_core.config import TABLE, RunConfig
from tests.moe_core.cases import small_config
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


def test_a_regression_shows_its_own_loss() -> None:
    (loss, _) = stage_sources(RunConfig.from_settings({"task": "piecewise"}))["losses"]
    assert "square" in loss["text"]


def test_routers_whose_tokens_cannot_be_followed_have_no_sources() -> None:
    followed = {name for name in TABLE["router"].choices if small_config(router=name).router.by_own_logits}
    assert set(ROUTERS) == followed - {"hierarchical"}
    assert stage_sources(small_config(router="soft")) == {}
