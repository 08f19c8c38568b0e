"""What every router is: a module from tokens to a routing, and what a person may do to an expert from outside of it."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from moe_core.routing import Routing

KILLED = -1e9
"""Offset of a killed expert: its probability is exactly 0. Not minus infinity, whose gradients would be no numbers."""

FORCED = 1e9
"""What is compared in place of the score of a forced expert."""

NEWBORN = -16.0
"""Offset of an expert just added: e^-16 is 1e-7, which float32 rounds away beside 1, so nothing changes at first."""

LEAST = 1e-30
"""Added to a probability before it is divided: that of a forced expert may be rounded to 0, and 0 / 0 is no gate."""

WAKING_STEPS = 200
"""Training steps over which the offset of a new expert goes to zero, so that it comes to compete as an equal."""


class Router(nn.Module, ABC):
    """Abstract. A router reads tokens x (T, D), and their ids (T,) where it needs them, and returns a routing.

    Subclasses are final. They take `d_model`, `num_experts` and `generator` by keyword, and their own settings beside
    them. Every parameter and buffer has the expert as its first axis, so that experts are added and copied by rows.

    But for those that are named in `shared_parameters`, which belong to no expert.

    offset (E,)          added to the logits: 0, or a handicap from outside: KILLED, or NEWBORN and fading
    forced (E,)          bool: every token is sent there, whatever the scores say
    selection_bias (E,)  added to the scores when experts are chosen and to nothing else; a balancer moves it
    noise                what a router that is random draws from while training, else None
    refuses              whether a logit that is no finite number is refused, which reads one number back from a GPU
    moved (E,)           what a person adds to each logit for one look, or None: see moe_core.trace
    """

    shared_parameters: ClassVar[frozenset[str]] = frozenset()

    offset: Tensor
    forced: Tensor
    selection_bias: Tensor

    def __init__(self, num_experts: int) -> None:
        super().__init__()
        self.register_buffer("offset", torch.zeros(num_experts))
        self.register_buffer("forced", torch.zeros(num_experts, dtype=torch.bool))
        self.register_buffer("selection_bias", torch.zeros(num_experts))
        self.noise: Generator | None = None
        self.moved: Tensor | None = None
        # Plain bools, since asking a tensor at each step would cost as much as a small matrix product.
        self.touched = False
        self.biased = False
        self.refuses = True

    def __call__(self, x: Tensor, token_ids: Tensor | None = None) -> Routing:
        """The routing of x (T, D). Raises ValueError for a logit that is not finite, if such are refused.

        A run does not ask the router to refuse them: it looks at its batch's logits together with the losses and
        gradients, in one transfer, and what it draws and measures is seen even then.
        """
        routing: Routing = super().__call__(x, token_ids)
        # The sum is quickly looked at, but one of finite logits can overflow.
        if self.refuses and not routing.logits.sum().isfinite() and not routing.logits.isfinite().all():
            raise ValueError(
                "logits was refused: each is a finite number. x or the router's weights are too large or NaN."
            )
        return routing

    @abstractmethod
    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> Routing: ...

    def rows(self) -> list[nn.Parameter]:
        """The parameters that have the expert as their first axis."""
        return [p for name, p in self.named_parameters() if name not in self.shared_parameters]

    @property
    def alive(self) -> Tensor:
        """Which experts (E,) have not been killed."""
        return self.offset > KILLED / 2

    @property
    def shares(self) -> Tensor:
        """What each expert is due where a router deals tokens out evenly (E,): 1, for a killed one 0, and for a new one
        what rises from 0 to 1 while it wakes. Where none else is alive, a new one is due all."""
        shares = torch.where(self.alive, 1.0 - self.offset.float() / NEWBORN, 0.0).clamp(min=0.0)
        return shares if bool(shares.any()) else self.alive.float()

    def notice(self) -> None:
        """Called when offset, forced or selection_bias were changed from outside."""
        self.touched = bool(self.offset.any() or self.forced.any())
        self.biased = bool(self.selection_bias.any())

    def wake(self) -> None:
        """Called after each training step: a new expert's handicap fades."""
        if self.touched:
            fading = -NEWBORN / WAKING_STEPS
            self.offset += torch.where(self.alive, fading, 0.0)
            # Rounded, the steps do not quite add up to NEWBORN: what is left of less than half a step is nothing.
            self.offset.masked_fill_(self.offset > -fading / 2, 0.0)
            self.notice()

    def choose(self, scores: Tensor, k: int, probs: Tensor) -> tuple[Tensor, Tensor]:
        """The k experts with the highest scores (T, E), as bool, and what was compared: the scores, or FORCED.

        Where there is a selection bias, probs + bias is compared: a step of the bias is then worth as much at every
        token. probs may be any scores from 0 to 1. A forced expert is among the chosen, a killed one never.

        A new expert's offset is in its probability already, but a higher bias than others have would have it chosen all
        the same. So its bias wakes too: from the lowest that there is to its own.
        """
        selection = self.compared(scores, probs)
        return self.highest(selection, k), selection

    def highest(self, selection: Tensor, k: int) -> Tensor:
        """The k experts with the highest selection (T, E), as bool, but for those that were killed."""
        return self.as_assigned(selection.topk(k).indices, selection)

    def as_assigned(self, chosen: Tensor, selection: Tensor) -> Tensor:
        """The chosen experts' numbers (T, k) as bool (T, E), like the selection, but for those that were killed."""
        assigned = torch.zeros_like(selection, dtype=torch.bool).scatter_(-1, chosen, True)
        return assigned & self.alive if self.touched else assigned

    def compared(self, scores: Tensor, probs: Tensor) -> Tensor:
        """What decides who is chosen (T, E): see `choose`."""
        if not self.touched:
            return probs + self.selection_bias.to(probs) if self.biased else scores
        if self.biased:
            scores = (probs + self.waking_bias.to(probs)).masked_fill(~self.alive, KILLED)
        return scores.masked_fill(self.forced, FORCED)

    @property
    def waking_bias(self) -> Tensor:
        """The selection bias (E,), but that of a new expert is the lowest there is and rises to its own as it wakes."""
        lowest = self.selection_bias.masked_fill(~self.alive, torch.inf).min()
        asleep = (self.offset / NEWBORN).clamp(max=1.0)
        return torch.lerp(self.selection_bias, lowest, asleep.to(self.selection_bias))


def check_k(k: int, num_experts: int) -> int:
    """k, if so many experts can be chosen. Raises ValueError for another."""
    if not 1 <= k <= num_experts:
        raise ValueError(f"k = {k} was refused: it is a whole number from 1 to num_experts, which is {num_experts}.")
    return k


def gates_of_chosen(probs: Tensor, assigned: Tensor, renormalize: bool) -> Tensor:
    """Gates (T, E): the probabilities of the chosen experts, over their sum if renormalize, and 0 elsewhere."""
    if not renormalize:
        return probs * assigned
    weights = (probs + LEAST) * assigned
    return weights / weights.sum(-1, keepdim=True)
