"""The rules that tie several settings together, and the bounds on what a run may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from moe_core.config.cost import MAX_BYTES, MAX_FLOPS, cost
from moe_core.config.problem import Problem
from moe_core.config.task import NO_TABLE

if TYPE_CHECKING:
    from moe_core.config.run import RunConfig

Conflict = Mapping[str, str]
"""A rule that settings break together: for each of them what it allows, as the end of a sentence."""


def conflicts(config: "RunConfig") -> list[Conflict]:
    """The rules that a configuration breaks. Its cost is counted only where the task says how large it is."""
    if config.task.missing:
        return [dict.fromkeys(("table", "points", "task"), config.task.missing)]
    found = (_k(config), _size(config), _noise_for_the_load(config), _cost(config))
    return [conflict for conflict in found if conflict]


def with_problem(problems: Sequence[Problem], problem: Problem) -> list[Problem]:
    """The problems and one more. A task without a table falls with the table, when that was refused before."""
    falls = (problem.field, problem.allowed) == ("task", NO_TABLE)
    if not falls or not any(each.field == "table" for each in problems):
        return [*problems, problem]
    return [replace(each, with_it=("task",)) if each.field == "table" else each for each in problems]


def _k(config: "RunConfig") -> Conflict:
    num_experts = config.model.num_experts
    k = config.router.most_chosen(num_experts)
    if k <= num_experts:
        return {}
    return {
        "k": f"it is at most num_experts, which is {num_experts}",
        "num_experts": f"it is at least k, which is {k}",
        "router": f"it would send a token to {k} experts, and num_experts is {num_experts}",
    }


def _size(config: "RunConfig") -> Conflict:
    wanted, most = config.task.model_dump().get("num_train", 0), config.task.most_train
    if wanted <= most:
        return {}
    return {
        "num_train": f"it is at most {most} for the task {config.task.task}",
        "task": f"it has {most} training examples, and num_train is {wanted}",
    }


def _noise_for_the_load(config: "RunConfig") -> Conflict:
    if "importance_and_load" not in config.balancer.balancer or config.router.router == "noisy_top_k":
        return {}
    return {
        "balancer": "importance_and_load needs the router noisy_top_k, whose noise gives the load a gradient",
        "router": "the balancer importance_and_load needs the router noisy_top_k",
    }


def _cost(config: "RunConfig") -> Conflict:
    price = cost(config)
    if price.bytes <= MAX_BYTES and price.flops <= MAX_FLOPS:
        return {}
    too_large = (
        f"the model would be too large, with {price.bytes / 2**20:,.0f} MiB and {price.flops / 1e9:,.1f} GFLOP a "
        f"step; a run may have {MAX_BYTES // 2**20} MiB and {MAX_FLOPS / 1e9:g} GFLOP"
    )
    sizes = ("num_experts", "d_hidden", "batch_size", "k", "task", "table", "points")
    fields = (*sizes, "router", "router_bias", "expert")
    return dict.fromkeys(fields, too_large)
