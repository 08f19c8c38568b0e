"""Random routing: each token goes to an expert drawn at random. The control of every learned router.

    e = argmax_j (h_j + G_tj),   G_tj = -ln(-ln u),   u ~ U(0, 1),   h = 0
    y_t = y_te

That draws each expert with equal probability (the Gumbel-max trick), and one with a handicap h_e with the probability
that softmax(h) gives it. At each step of training the draw is another one, so every expert sees tokens of all kinds,
and none can specialise. THOR (Zuo et al. 2021, arXiv 2110.04260) draws experts at random too, one for a whole batch.

In evaluation the draw is fixed: it comes from a seed that is kept with the weights, and depends on a token's place in
the batch and on nothing else. A token alone is always the first.

What people get wrong: an even load is no sign of a router that has learned something. This one's is even on average,
and it knows nothing of the tokens.
"""

from typing import final

import torch
from torch import Generator, Tensor

from moe_core.routers.router import Router
from moe_core.routing import TokenRouting


@final
class RandomRouter(Router):
    """Draw one of E experts for each token. `evaluation_seed` () belongs to no expert."""

    shared_parameters = frozenset({"evaluation_seed"})

    evaluation_seed: Tensor

    def __init__(self, *, d_model: int, num_experts: int, generator: Generator) -> None:
        super().__init__(num_experts)
        # A stream of its own, so that the batches to come do not depend on the router.
        self.noise: Generator = Generator().manual_seed(int(torch.randint(2**62, (), generator=generator)))
        self.register_buffer("evaluation_seed", torch.randint(2**62, (), generator=generator))

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        stream = self.noise if self.training else Generator().manual_seed(int(self.evaluation_seed))
        logits = self.offset.to(x).expand(len(x), -1)
        # Expert by expert, so that those of the others stay where one is added.
        uniform = torch.rand(logits.T.shape, generator=stream).T.clamp(min=torch.finfo(torch.float32).tiny)
        draws = -(-uniform.log()).log()
        probs = logits.softmax(-1)
        assigned, selection = self.choose(logits + draws.to(logits), 1, probs)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=assigned.to(x),
        )
