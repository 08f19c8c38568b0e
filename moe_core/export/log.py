"""The log of a run as source code: stretches of training, and between them what was done, in plain assignments."""

from collections.abc import Iterable, Sequence

from moe_core.config import RunConfig
from moe_core.config.command import INTERVENTIONS, Command, changed
from moe_core.export.calls import literal
from moe_core.export.construction import balancer_classes, learning_rates, new_balancer
from moe_core.export.part import Part, imported

RATES = ("learning_rate", "router_rate_factor", "baseline_learning_rate")

WITHOUT_CODE = ("batch_size", "stop_after", "plateau_steps")
"""The batch size is told to each stretch of training. When a run pauses changes no number of it."""


def whole_run(start: RunConfig, log: Sequence[Command], num_steps: int) -> Part:
    """Training up to num_steps, with each command at its own step."""
    config, done, lines = start, 0, list[str]()
    for number, command in enumerate(log):
        lines += _stretch(config, command.step - done)
        done = command.step
        if command.name in INTERVENTIONS:
            expert = None if command.value is None else command.value + 1
            stream = (start.training.seed, command.step, number)
            lines += [f"# After step {done}: {command.name}{'' if expert is None else f' expert {expert}'}"]
            lines += [f"intervention({literal(command.name)}, {expert}, stream={stream})"]
        else:
            # The trainer checked it against the experts that were added, too.
            config = changed(config, command.name, command.value, config.model.num_experts)
            lines += [f"# After step {done}: {command.name} = {command.value}", *_change(config, command.name)]
    lines += _stretch(config, num_steps - done)
    changes = "each command at its own step" if log else "and nothing was changed on the way"
    rebuilt = any(command.name in type(start.balancer).model_fields for command in log)
    imports = imported(*balancer_classes(start)) if rebuilt else ""
    return Part("The run", f"From step 0 to step {num_steps}, {changes}.", imports, "\n".join(lines).strip("\n"))


def _stretch(config: RunConfig, num_steps: int) -> Iterable[str]:
    return ["", f"train({num_steps}, batch_size={config.training.batch_size})", ""] if num_steps else []


def _change(config: RunConfig, name: str) -> Iterable[str]:
    """How the program takes on the value that a setting now has."""
    value = literal(config.settings()[name])
    if name in RATES:
        rates = tuple(learning_rates(config).values())
        return [f"for group, rate in zip(optimizer.param_groups, {rates}, strict=True):", '    group["lr"] = rate']
    if name in type(config.optimizer).model_fields:
        return ["for group in optimizer.param_groups:", f'    group["{name}"] = {value}']
    if name in type(config.router).model_fields:
        return [f"mixture.router.{name} = {value}"]
    if name in type(config.capacity).model_fields:
        return [f"mixture.capacity.{name} = {value}"]
    if name in type(config.balancer).model_fields:
        return ["memory = balancer.state_dict()", new_balancer(config), "balancer.load_state_dict(memory)"]
    assert name in WITHOUT_CODE, name
    return []
