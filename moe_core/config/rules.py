"""The rules that tie several settings together, and the bounds on what a run may cost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moe_core.config.balancer import SUM, balancer_variant, part_names
from moe_core.config.capacity import LimitedConfig
from moe_core.config.cost import MAX_BYTES, MAX_FLOPS, cost
from moe_core.config.problem import Problem
from moe_core.config.table import TABLE
from moe_core.config.task import NO_TABLE

if TYPE_CHECKING:
    from moe_core.config.run import RunConfig

Conflict = Mapping[str, str]
"""A rule that settings break together: for each of them what it allows, as the end of a sentence."""


def conflicts(config: "RunConfig") -> list[Conflict]:
    """The rules that a configuration breaks. Its cost is counted only where the task says how large it is."""
    if config.task.missing:
        return [dict.fromkeys(("table", "points", "task"), config.task.missing)]
    found = (
        config.router.refusal(config.model.num_experts),
        _size(config),
        *_balancers(config),
        _sequences(config),
        *_capacity(config),
        _mixture_loss(config),
        *_own_output(config),
        _cost(config),
    )
    return [conflict for conflict in found if conflict]


def giving_way(config: "RunConfig", asked: Collection[str]) -> dict[str, Any]:
    """What falls in a configuration that breaks rules, so that the settings which were asked for can be had.

    Only rules about the router let something fall: what it needs, or the number of experts, matters more than what is
    set on top of it. The first setting that such a rule names falls, unless it was itself asked for.
    """
    falls: dict[str, Any] = {}
    for rule in conflicts(config):
        name = next(iter(rule))
        if "router" in rule and name not in asked:
            falls |= _plainer(config, name)
    return falls


def _plainer(config: "RunConfig", name: str) -> dict[str, Any]:
    """Of balancers those that the router can have; of another choice the plainest; of a number the next that fits."""
    if name == "balancer":
        parts = part_names(config.balancer.balancer)
        kept = [part for part in parts if not balancer_variant(part).refusal(config.router)]
        return {name: SUM.join(kept) or "none"}
    if TABLE[name].choices:
        return {name: TABLE[name].default}
    router, num_experts = config.router, config.model.num_experts
    if name not in type(router).model_fields:
        return {}
    smaller = range(getattr(router, name) - 1, 0, -1)
    fits = (value for value in smaller if not router.model_copy(update={name: value}).refusal(num_experts))
    value = next(fits, None)
    return {} if value is None else {name: value}


def bounded_here(config: "RunConfig", problem: Problem) -> Problem:
    """A refused number of the router, with the bound that holds in this mixture where that is under the table's."""
    row, router = TABLE.get(problem.field), config.router
    if row is None or row.high is None or problem.allowed != row.allowed or row.name not in type(router).model_fields:
        return problem
    widest = router.model_copy(update={row.name: row.high}).refusal(config.model.num_experts).get(row.name)
    if widest is None:
        return problem
    try:
        above = float(str(problem.value)) > row.high
    except ValueError:
        above = False
    return replace(problem, allowed=widest if above else f"{row.allowed}, and here {widest}")


def with_problem(problems: Sequence[Problem], problem: Problem) -> list[Problem]:
    """The problems and one more. A task without a table falls with the table, when that was refused before."""
    falls = (problem.field, problem.allowed) == ("task", NO_TABLE)
    if not falls or not any(each.field == "table" for each in problems):
        return [*problems, problem]
    return [replace(each, with_it=("task",)) if each.field == "table" else each for each in problems]


def _size(config: "RunConfig") -> Conflict:
    wanted, most = config.task.model_dump().get("num_train", 0), config.task.most_train
    if wanted <= most:
        return {}
    return {
        "num_train": f"it is at most {most} for the task {config.task.task}",
        "task": f"it has {most} training examples, and {wanted} are asked for",
    }


def _balancers(config: "RunConfig") -> Iterator[Conflict]:
    for name in part_names(config.balancer.balancer):
        reason = balancer_variant(name).refusal(config.router)
        if reason:
            fields = {"balancer": f"{name} {reason}", "router": f"the balancer {name} {reason}"}
            yield fields


def _sequences(config: "RunConfig") -> Conflict:
    length, size = config.balancer.model_dump().get("sequence_length", 1), config.training.batch_size
    if size % length == 0:
        return {}
    return {
        "sequence_length": f"it divides the batch size, which is {size}",
        "batch_size": f"it is a multiple of the length of a sequence, which is {length}",
        "balancer": f"sequence_loss needs a whole number of sequences of {length} in a batch of {size}",
    }


def _capacity(config: "RunConfig") -> Iterator[Conflict]:
    router, limited = config.router, isinstance(config.capacity, LimitedConfig)
    if limited and router.takes_capacity is not True:
        reason = f"has no meaning when router is {router.router}: {router.takes_capacity}"
        yield {"capacity": f"limited {reason}", "router": f"the capacity limited {reason}"}
    if limited and "importance_and_load" in part_names(config.balancer.balancer):
        reason = "the importance is read from what was kept, which a capacity evens where the router does not"
        yield {
            "capacity": f"limited has no meaning when balancer is {config.balancer.balancer}: {reason}",
            "balancer": f"importance_and_load has no meaning when capacity is limited: {reason}",
        }


def _mixture_loss(config: "RunConfig") -> Conflict:
    router, loss, num_shared = config.router, config.training.mixture_loss, config.model.num_shared
    if loss == "cooperative":
        return {}
    needs = f"the mixture loss {loss} needs every expert's own answer to every token"
    # A router that asks all and looks at the batch mixes the tokens, so that no expert answers any single one.
    if not router.asks_all or router.looks_at_batch:
        return dict.fromkeys(("mixture_loss", "router"), f"{needs}, and {router.router} does not ask for it")
    if num_shared:
        return dict.fromkeys(("mixture_loss", "num_shared"), f"{needs}, and a shared expert's is part of all others'")
    return {}


def _own_output(config: "RunConfig") -> Iterator[Conflict]:
    """A token that is, wholly or in part, its own output has to be as wide as it."""
    shape = config.task.shape
    if shape.num_inputs == shape.num_outputs:
        return
    sizes = f"{config.task.task} has {shape.num_inputs} inputs and {shape.num_outputs} outputs"
    reason = f"a token can be its own output only where both have one size, and {sizes}"
    if isinstance(config.capacity, LimitedConfig) and config.capacity.dropped == "residual":
        yield dict.fromkeys(("dropped", "task", "features", "table", "points"), reason)
    if config.router.keeps_token:
        yield dict.fromkeys(("keep_token", "task", "features", "table", "points"), reason)


def _cost(config: "RunConfig") -> Conflict:
    price = cost(config)
    if price.bytes <= MAX_BYTES and price.flops <= MAX_FLOPS:
        return {}
    too_large = (
        f"the model would be too large, with {price.bytes / 2**20:,.0f} MiB and {price.flops / 1e9:,.1f} GFLOP a "
        f"step; a run may have {MAX_BYTES // 2**20} MiB and {MAX_FLOPS / 1e9:g} GFLOP"
    )
    sizes = ("num_experts", "num_shared", "d_hidden", "batch_size", "k", "task", "features", "table", "points")
    fields = (*sizes, "router", "router_bias", "slots_per_expert", "expert")
    return dict.fromkeys(fields, too_large)
