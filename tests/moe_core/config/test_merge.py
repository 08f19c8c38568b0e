"""What a change of variant keeps: settings that both variants have, if they were changed from their default."""

import pytest

from moe_core.config import SECTIONS, RunConfig
from moe_core.config.section import Section
from moe_core.config.table import variant_name
from tests.moe_core.cases import routers_for
from tests.moe_core.own_table import DIGEST, classes_table, have


def after(start: dict[str, object], change: dict[str, object]) -> dict[str, object]:
    """The settings after a change of a run that was set so. No problem is told."""
    config, problems = RunConfig.from_settings(start).merge(change)
    assert problems == ()
    return config.settings()


def test_what_was_set_goes_along_to_the_other_variant() -> None:
    start = {"router": "top_k", "k": 3, "router_init": "circle", "router_init_scale": 2.0, "temperature": 0.5}
    settings = after(start, {"router": "noisy_top_k"})
    assert {name: settings[name] for name in start} == start | {"router": "noisy_top_k"}


def test_what_the_other_variant_does_not_have_is_left_behind_and_does_not_come_back() -> None:
    start = {"router": "top_k", "k": 3, "router_init": "circle"}
    there = RunConfig.from_settings(start).merge({"router": "switch"})[0]
    assert "k" not in there.settings()
    back = there.merge({"router": "top_k"})[0].settings()
    assert (back["k"], back["router_init"]) == (2, "circle")


@pytest.mark.parametrize(("noise", "carried"), [(None, 0.0), (0.1, 0.0), (0.2, 0.2)])
def test_the_noise_of_moons_is_carried_into_rules_only_if_it_was_changed(noise: float | None, carried: float) -> None:
    """Moons blur their data by 0.1 unless told otherwise, rules do not. A value set to what it was is not changed."""
    start: dict[str, object] = {"task": "moons"} | ({} if noise is None else {"noise": noise})
    assert after(start, {"task": "rules"})["noise"] == carried


def test_a_default_of_one_variant_that_was_set_in_the_other_is_carried() -> None:
    """0.1 is a change for rules, though moons have it by default."""
    assert after({"task": "rules", "noise": 0.1}, {"task": "circles"})["noise"] == 0.1
    assert after({"task": "rules"}, {"task": "circles"})["noise"] == 0.05


def test_a_value_that_comes_with_the_change_wins_over_what_was_set() -> None:
    assert after({"task": "moons", "noise": 0.2}, {"task": "rules", "noise": 0.3})["noise"] == 0.3


def test_naming_the_variant_that_is_there_changes_nothing() -> None:
    config = RunConfig.from_settings({"task": "moons", "noise": 0.2, "num_train": 500})
    assert config.merge({"task": "moons"}) == (config, ())


def test_other_sections_are_not_touched() -> None:
    start = RunConfig.from_settings({"expert": "linear", "optimizer": "sgd", "momentum": 0.5, "balancer": "z_loss"})
    config, _ = start.merge({"task": "moons", "router": "dense"})
    for section in ("model", "expert", "balancer", "optimizer", "training"):
        assert getattr(config, section) == getattr(start, section)


def common(section: str) -> list[tuple[type[Section], type[Section]]]:
    """Every pair of different variants of a section, but for the one that needs a table."""
    variants = [variant for variant in SECTIONS[section] if variant_name(section, variant) != "csv"]
    return [(one, other) for one in variants for other in variants if one is not other]


@pytest.mark.parametrize("section", [name for name, variants in SECTIONS.items() if len(variants) > 1])
def test_from_every_variant_to_every_other_one_with_defaults_gives_defaults(section: str) -> None:
    """So that what is shown after a choice does not depend on what was chosen before."""
    for one, other in common(section):
        # A router that takes both balancers: those that need different routers cannot follow each other.
        rest: dict[str, object] = {"balancer": "none"} if section == "router" else {}
        if section == "balancer":
            fitting = set(routers_for(variant_name(section, one))) & set(routers_for(variant_name(section, other)))
            if not fitting:
                assert {"adaptive_l1"} & {variant_name(section, one), variant_name(section, other)}
                continue
            rest = {"router": min(fitting)}
        start = RunConfig.from_settings(rest | {section: variant_name(section, one)})
        config, problems = start.merge({section: variant_name(section, other)})
        assert problems == ()
        assert config == RunConfig.from_settings(rest | {section: variant_name(section, other)})


def test_a_size_that_the_other_task_does_not_have_stops_the_change() -> None:
    """It was set by hand, so it is not given up silently."""
    start = RunConfig.from_settings({"task": "moons", "num_train": 5000})
    config, problems = start.merge({"task": "digits", "seed": 3})
    assert [str(problem) for problem in problems] == [
        "task = digits was refused: it has 1297 training examples, and 5000 are asked for."
    ]
    assert config.settings() == start.settings() | {"seed": 3}


def test_a_table_comes_with_its_task_and_is_left_behind_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, classes_table())
    config, problems = RunConfig().merge({"task": "csv", "table": DIGEST})
    assert problems == ()
    back, problems = config.merge({"task": "moons"})
    assert problems == ()
    assert "table" not in back.settings()
