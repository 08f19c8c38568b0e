"""BASE layers: tokens are assigned so that every expert gets an equal share (Lewis et al. 2021, arXiv 2103.16716).

    h_te = w_e . x_t
    training:     the assignment that maximises sum_t h_{t, a(t)}, each expert taking T / E tokens
    evaluation:   a(t) = argmax_e h_te
    e = a(t):     y_t = sigmoid(h_te) y_te   with keep_token:  + (1 - sigmoid(h_te)) x_t

The assignment takes the place of a balancing loss. It has no gradient: the rows w, the paper's centroids, learn through
the gate. `weight` (E, D) holds them; they start orthogonal with a gain of 0.1, as in the authors' code (fairseq).

Where E does not divide T, each expert takes the whole part of T / E or one token more, whichever makes the sum largest.
The paper asks for a T that E divides. A killed expert takes none, and a new one a share that grows while it wakes.

With an assignment come prices (E,): each token has the expert with the largest h_te - price_e, and that is the
`selection`. They are the dual solution of the assignment, and a bias balancing by loss-free updates would have to find
them.

What people get wrong: the assignment is for training only. In evaluation, where each token is alone, the load is
whatever argmax gives, and a token may meet another expert than the one that it was trained with.

The assignment is found by scipy.optimize.linear_sum_assignment on columns repeated for each place. Its time grows up to
T^3: with 256 tokens and 8 experts it makes the whole step about twice as long as that of top-k, and large batches slow.
"""

from typing import final

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.router import KILLED, Router
from moe_core.routing import TokenRouting

GAIN = 0.1
"""Of the orthogonal start."""

SHARPNESS = 100.0
ROUNDS = 50


@final
class BaseRouter(Router):
    """Choose one of E experts; in training, every expert equally often.

    keep_token: whether the output has the token itself in it, as in the paper; the layer's outputs are then as wide as
    its inputs.
    """

    def __init__(self, *, d_model: int, num_experts: int, generator: Generator, keep_token: bool = True) -> None:
        super().__init__(num_experts)
        self.weight = nn.Parameter(torch.empty(num_experts, d_model))
        nn.init.orthogonal_(self.weight, GAIN, generator=generator)
        self.keep_token = keep_token

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        scores = functional.linear(x, self.weight)
        logits = scores + self.offset if self.touched else scores
        probs = logits.softmax(-1)
        # Where there are no tokens, nothing is there to be shared evenly.
        if self.training and len(x) and not (self.touched and self.forced.any()):
            assigned, selection = self.assign(scores.detach())
        else:
            assigned, selection = self.choose(logits, 1, probs)
        # Of the scores and not of the logits: who wakes is given few tokens, and answers those in full.
        gates = scores.sigmoid() * assigned
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=gates,
            residual=1.0 - gates.sum(-1) if self.keep_token else None,
        )

    def assign(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """The balanced assignment for scores (T, E): who is assigned, and the scores less the experts' prices."""
        # What is no number would stop scipy. The trainer stops the run for it, and says where it came from.
        values = scores.nan_to_num().double().cpu().numpy()
        experts = balanced_assignment(values, self.shares.double().cpu().numpy())
        assigned = torch.zeros_like(scores, dtype=torch.bool)
        assigned[torch.arange(len(scores)), torch.from_numpy(experts)] = True
        selection = torch.from_numpy(values - prices(values, experts)).to(scores)
        return assigned, selection.masked_fill(~self.alive, KILLED)


def balanced_assignment(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Each token's expert (T,): of all assignments that give each expert its share, the one with the largest sum.

    scores (T, E), shares (E,) not negative and not all zero. With n = T shares / sum(shares), expert e takes n_e
    tokens, or one of the two whole numbers beside n_e.
    """
    num_tokens = len(scores)
    fair = num_tokens * shares / shares.sum()
    least = np.floor(fair).astype(int)
    optional = np.flatnonzero(fair > least)
    # A place for each token that an expert has to take, and one for each that it may take.
    places = np.concatenate([np.repeat(np.arange(len(shares)), least), optional])
    # Of the optional places, as many as are too many go to nobody.
    nobody = np.zeros((len(places) - num_tokens, len(places)))
    nobody[:, : len(places) - len(optional)] = -np.inf
    # Every place is filled, by a token or by nobody: what its price is changes no choice. Near the right prices most
    # tokens find their place at once, which is several times as fast.
    values = np.concatenate([scores[:, places], nobody]) - first_prices(scores, shares)[places]
    _, chosen = linear_sum_assignment(values, maximize=True)
    experts: np.ndarray = places[chosen[:num_tokens]]
    return experts


def first_prices(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Prices (E,) that are about right: those of a softened assignment, after some rounds of Sinkhorn's scaling."""
    temperature = (scores.max() - scores.min()) / SHARPNESS or 1.0
    kernel = np.exp((scores - scores.max(1, keepdims=True)) / temperature)
    wanted, scales = len(scores) * shares / shares.sum(), np.ones(len(shares))
    for _ in range(ROUNDS):
        scales = wanted / ((1.0 / (kernel @ scales)) @ kernel)
    # An expert that is due nothing has no places, so its price does not matter.
    return -temperature * np.log(np.where(shares > 0, scales, 1.0))


def prices(scores: np.ndarray, experts: np.ndarray) -> np.ndarray:
    """Prices (E,) at which each token's expert (T,), in the best assignment, is the one with the largest score - price.

    d_ab is the least that the sum of scores loses when a place of expert a goes to b, tokens moving on from expert to
    expert where that costs less. Then price_a <= d_ab + price_b for all a and b, which price_a = mean_b d_ab fulfils.
    """
    num_experts = scores.shape[1]
    loss = scores[np.arange(len(scores)), experts][:, None] - scores
    distance = np.full((num_experts, num_experts), np.inf)
    np.minimum.at(distance, experts, loss)
    np.fill_diagonal(distance, 0.0)
    for middle in range(num_experts):
        distance = np.minimum(distance, distance[:, middle, None] + distance[middle])
    # Nobody can leave an expert that has no token: it costs more than any token would pay.
    far = 4.0 * num_experts * (1.0 + np.abs(loss).max(initial=0.0))
    means: np.ndarray = np.minimum(distance, far).mean(1)
    return means
