"""Which lines of the core compute each stage of a token, by router, expert and task; what a page shows beside it."""

from dataclasses import asdict
from typing import Any

from moe_core.config import RunConfig
from ui.source import Source, source_of

ROUTERS = {
    "top_k": "TopKRouter",
    "switch": "SwitchRouter",
    "noisy_top_k": "NoisyTopKRouter",
    "gshard": "GShardRouter",
    "sigmoid": "SigmoidRouter",
    "cosine": "CosineRouter",
    "top_p": "TopPRouter",
    "relu": "ReluRouter",
    "group_limited": "GroupLimitedRouter",
    "dense": "DenseRouter",
}
"""Routers whose tokens can be followed, and their classes."""

EXPERTS = {"mlp": "MLPExperts", "gated": "GatedExperts", "linear": "LinearExperts"}

COMPARED = [("moe_core.routers.router", "Router.compared")]
HIGHEST = [("moe_core.routers.router", "Router.highest"), ("moe_core.routers.router", "Router.as_assigned")]

CALLS = {
    "logits": {
        "self.logits(": [("moe_core.routers.linear", "LinearRouter.logits")],
        "self.cosines(": [("moe_core.routers.cosine", "CosineRouter.cosines")],
    },
    "noise": {
        "self.jittered(": [("moe_core.routers.switch", "SwitchRouter.jittered")],
        "self._asked(": [("moe_core.routers.gshard", "GShardRouter._asked")],
    },
    "selection": {
        "self.choose(": COMPARED,
        "self.compared(": COMPARED,
        "self.within_groups(": [("moe_core.routers.group_limited", "GroupLimitedRouter.within_groups")],
    },
    "chosen": {"self.choose(": HIGHEST, "self.highest(": HIGHEST, "self.as_assigned(": HIGHEST[1:]},
    "gates": {
        "softmax_over(": [("moe_core.routers.top_k", "softmax_over")],
        "gates_of_chosen(": [("moe_core.routers.router", "gates_of_chosen")],
    },
}
"""Of each stage, what a router may call for it, and the functions that this leads to."""


def stage_sources(config: RunConfig) -> dict[str, list[dict[str, Any]]]:
    """For each stage its pieces of source: a router's own lines, then what they call."""
    name = config.router.router
    if name not in ROUTERS:
        return {}
    router = f"moe_core.routers.{name}", f"{ROUTERS[name]}.forward"
    forward, gates = source_of(*router).text, source_of(*router, "gates")
    expert = config.expert.expert
    sources = {
        "logits": [source_of(*router, "logits"), *_called("logits", forward)],
        "noise": [*_own(router, "noisy"), *_called("noise", forward)],
        "selection": [source_of(*router, "selection"), *_called("selection", forward)],
        "chosen": [*_own(router, "chosen"), source_of(*router, "assigned"), *_called("chosen", forward)],
        "gates": [source_of(*router, "probs"), gates, *_called("gates", _taken(gates.text, config))],
        "experts": [source_of(f"moe_core.experts.{expert}", f"{EXPERTS[expert]}.forward")],
        "combination": [
            source_of("moe_core.layer", "MoELayer.forward", "output"),
            source_of("moe_core.dispatch", "BatchedTokens.weighted_sum"),
        ],
        "losses": [_task_loss(config), source_of("moe_core.losses", "load_balancing_loss")],
        "gradients": [
            source_of("moe_core.token_losses", "token_losses", "gradient"),
            source_of("moe_core.token_losses", "token_losses", "pull"),
            source_of("moe_core.token_losses", "token_losses", "slopes"),
        ],
    }
    return {stage: [asdict(source) for source in pieces] for stage, pieces in sources.items()}


def _own(router: tuple[str, str], name: str) -> list[Source]:
    """The lines in which a router gives this name a value, if it has it."""
    try:
        return [source_of(*router, name)]
    except ValueError:
        return []


def _called(stage: str, text: str) -> list[Source]:
    """The functions that lines of a router call for a stage."""
    return [source_of(*place) for call, places in CALLS[stage].items() if call in text for place in places]


def _taken(text: str, config: RunConfig) -> str:
    """Of lines that choose between two ways by whether gates are renormalised, the way that is taken."""
    one, switch, other = text.partition("if self.renormalize")
    return other if switch and not config.router.model_dump()["renormalize"] else one


def _task_loss(config: RunConfig) -> Source:
    kind = "Regression" if config.task.shape.regression else "Classification"
    return source_of("moe_core.objective", f"{kind}.loss_of_each")
