"""How evenly the work is spread over the experts.

load (E,) is each expert's share f_e of all assignments: it sums to 1, and the fair share is 1/E. With k experts a token
no expert can have more than 1/k of it. Where nothing was assigned, the load is 0 for each expert.
"""

import torch
from torch import Tensor

from moe_core.spells import DEAD_BELOW


def load_entropy(load: Tensor) -> float:
    """Entropy of the load in nats, from 0 (one expert does everything) to ln E (all do the same).

        H(f) = -sum_e f_e ln f_e

    It is not the router's entropy: a router that is sure of every token can still spread the tokens evenly, and one
    that is unsure of every token can still send all of them to one expert. See `router_entropy`.
    """
    return float(torch.special.entr(load).sum())


def effective_experts(load: Tensor) -> float:
    """exp of the load's entropy, from 1 (one expert does everything) to E (all do the same); 0 where nobody does.

    exp(-sum_e f_e ln f_e), the perplexity of the load.
    """
    return float(torch.special.entr(load).sum().exp()) if load.any() else 0.0


def cv_squared(values: Tensor) -> Tensor:
    """The squared coefficient of variation of loads or importances (E,), a scalar with a gradient.

        CV^2 = Var(values) / (mean(values)^2 + 1e-10)

    From 0 (all equal) to E - 1 (one has everything), for values that are not negative. Shares and counts give the same.
    Var is the population's, over E, as in the code of Shazeer et al. 2017 (arXiv 1701.06538; tensor2tensor,
    `cv_squared`), and so is the 1e-10, which keeps a mean of zero harmless. Some ports divide by E - 1: the values
    1, 2, 3, 4 give 0.2 here and 0.267 there.
    """
    return values.var(correction=0) / (values.mean().square() + 1e-10)


def max_violation(load: Tensor) -> float:
    """How far the busiest expert is over its fair share: (max f_e - 1/E) / (1/E), from 0 to E/k - 1; -1 without load.

    MaxVio of Wang et al. 2024 (arXiv 2408.15664, eq. 4). Add 1 for the "max/mean load" of other papers.
    """
    return float(load.max() * load.shape[0] - 1.0)


def dead_experts(load: Tensor) -> Tensor:
    """Which experts (E,) get less than a tenth of their fair share: f_e < 0.1 / E."""
    return load < DEAD_BELOW / load.shape[0]


def dead_fraction(load: Tensor) -> float:
    """Share of the experts that are dead, from 0 to (E - 1)/E; 1 where nobody does the work."""
    return float(dead_experts(load).float().mean())


def dropped_fraction(assigned: Tensor, kept: Tensor) -> float:
    """Share of the assignments that found their expert full, 0 to 1: (T, E) and (T, E), both bool.

        |assigned and not kept| / |assigned|

    It counts assignments, not tokens: a token that lost one of its two experts still has an answer. NaN where nothing
    was assigned. The Switch Transformer (Fedus et al. 2021, arXiv 2101.03961) reports it as dropped tokens, with k = 1.
    """
    return float((assigned & ~kept).sum() / assigned.sum())
