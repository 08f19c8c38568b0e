"""One token in slow motion: what a frame tells of each stage beside the numbers of whatever is pointed at.

    clean logits -> noise -> selection -> top-k -> gates -> experts -> combination -> losses -> gradients

A place has no target of its own. It is given that of the nearest test example, or the one that a person chooses.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from moe_core.config.balancer import balancer_parts
from moe_core.routers import CosineRouter, LinearRouter
from moe_core.routing import Routing
from moe_core.token_losses import nearest_example, token_losses
from moe_core.trace import looking, trace
from moe_core.trainer import Trainer
from server.frame_header import finite, numbers
from server.protocol import Look


def stages_of(trainer: Trainer, inputs: Tensor, look: Look, routing: Routing) -> dict[str, Any]:
    """The stages of the token `inputs` (D,). routing is that of the test split.

    The look is one that `server.pointing` has nothing against.
    """
    model, task, config = trainer.model, trainer.task, trainer.config
    offsets = None if look.logit_offsets is None else torch.tensor(look.logit_offsets)
    example = nearest_example(task, inputs) if look.sample is None else look.sample
    nearest = task.test_targets[example]
    target = nearest if look.target is None else torch.full_like(nearest, look.target)
    losses = token_losses(
        model,
        inputs,
        target,
        task_loss=trainer.task_loss,
        load=routing.load.to(trainer.device),
        offsets=offsets,
        draw=look.draw,
    )
    noise, noise_std = noise_of(trainer, inputs, offsets, look.draw)
    return {
        "draw": look.draw,
        "offsets": look.logit_offsets or [0.0] * trainer.num_experts,
        "clean": numbers(trace(model, inputs, offsets).logits),
        "noise": numbers(noise),
        "noise_std": None if noise_std is None else numbers(noise_std),
        "selection_bias": numbers(model.router.selection_bias) if model.router.biased else None,
        "scores": scores_of(trainer),
        "target": numbers(target.reshape(-1)),
        "nearest": numbers(nearest.reshape(-1)),
        "example": example,
        "loss": finite(float(losses.loss)),
        "slopes": numbers(losses.slopes),
        "gradient": numbers(losses.gradient),
        "pull": numbers(losses.pull),
        "load": numbers(routing.load),
        "importance": numbers(routing.importance),
        "coefficient": dict(balancer_parts(config.balancer)).get("switch_loss", {}).get("balance_coefficient", 0.0),
        "products": {
            "router": config.router.products(trainer.num_experts, task.num_inputs),
            "expert": config.expert.products(task.num_inputs, task.num_outputs),
            "shared": config.model.num_shared,
        },
    }


def noise_of(
    trainer: Trainer, inputs: Tensor, offsets: Tensor | None, draw: int | None
) -> tuple[Tensor, Tensor | None]:
    """What chance adds to each clean logit (E,) in this draw, and the standard deviation where the router has one.

    A router that draws its noise on the logits draws nothing else, so that the same stream gives the same numbers
    again. Of one that draws on the token it is how much that moved the logits.
    """
    nothing = torch.zeros(trainer.num_experts)
    if draw is None:
        return nothing, None
    token = inputs.to(trainer.device).unsqueeze(0)
    with looking(trainer.model, offsets, draw), torch.inference_mode():
        routing = trainer.model.router(token)
    if routing.noise_std is None:
        return routing.logits[0] - trace(trainer.model, inputs, offsets).logits, None
    drawn = torch.randn(routing.noise_std.shape, generator=Generator().manual_seed(draw)).to(routing.noise_std)
    return (routing.noise_std * drawn)[0], routing.noise_std[0]


def scores_of(trainer: Trainer) -> dict[str, Any] | None:
    """What the logits are made of, so that they can be written out: a row of weights and a bias for each expert, over a
    temperature; or the temperature of cosines."""
    router = trainer.model.router
    if isinstance(router, CosineRouter):
        return {"kind": "cosine", "temperature": finite(float(router.tau.detach()))}
    if not isinstance(router, LinearRouter) or trainer.config.router.router == "hierarchical":
        return None
    bias = torch.zeros(trainer.num_experts) if router.bias is None else router.bias.detach()
    offsets = router.offset / min(router.temperature, 1.0)
    return {
        "kind": "linear",
        "weight": numbers(router.weight.detach()),
        "bias": numbers(bias),
        "temperature": router.temperature,
        "handicap": numbers(offsets),
    }
