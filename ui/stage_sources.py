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


def stage_sources(config: RunConfig) -> dict[str, list[dict[str, Any]]]:
    """For each stage its pieces of source, in the order in which they run."""
    name = config.router.router
    if name not in ROUTERS:
        return {}
    router = f"moe_core.routers.{name}", f"{ROUTERS[name]}.forward"
    expert = config.expert.expert
    sources = {
        "logits": [_logits(name)],
        "noise": _noise(name),
        "selection": [source_of(*router, "selection"), source_of("moe_core.routers.router", "Router.compared")],
        "chosen": _chosen(name, router),
        "gates": [source_of(*router, "probs"), source_of(*router, "gates"), *_gates(config, router)],
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


def _logits(router: str) -> Source:
    if router == "cosine":
        return source_of("moe_core.routers.cosine", "CosineRouter.cosines")
    return source_of("moe_core.routers.linear", "LinearRouter.logits")


def _noise(router: str) -> list[Source]:
    """Of a router that adds some."""
    if router == "noisy_top_k":
        return [source_of("moe_core.routers.noisy_top_k", "NoisyTopKRouter.forward", "noisy")]
    if router == "switch":
        return [source_of("moe_core.routers.switch", "SwitchRouter.jittered")]
    return [source_of("moe_core.routers.gshard", "GShardRouter._asked")] if router == "gshard" else []


def _chosen(name: str, router: tuple[str, str]) -> list[Source]:
    own = source_of(*router, "assigned")
    if name in ("top_p", "relu"):
        return [own]
    highest = (
        source_of(*router, "chosen") if name == "top_k" else source_of("moe_core.routers.router", "Router.highest")
    )
    return [highest, own, source_of("moe_core.routers.router", "Router.as_assigned")]


def _gates(config: RunConfig, router: tuple[str, str]) -> list[Source]:
    """The function that the gates come from, where they are not computed in the router's own line."""
    if config.router.model_dump().get("renormalize") and config.router.router == "top_k":
        return [source_of("moe_core.routers.top_k", "softmax_over")]
    shared = "gates_of_chosen"
    return [source_of("moe_core.routers.router", shared)] if f"{shared}(" in source_of(*router).text else []


def _task_loss(config: RunConfig) -> Source:
    kind = "Regression" if config.task.shape.regression else "Classification"
    return source_of("moe_core.objective", f"{kind}.loss_of_each")
