"""Noisy top-k gating (Shazeer et al. 2017, arXiv 1701.06538, eq. 3 to 5).

    c_e = h_e + epsilon_e sigma_e,   h = (W x + b) / temperature,   epsilon_e ~ N(0, 1)
    sigma = router_noise softplus(W_noise x) + 0.01
    S = the k experts with the largest c_e,   g = softmax of c over S, 0 elsewhere

The noise tries experts that the clean logits would not choose, and makes the number of tokens an expert gets a smooth
function of the logits: see `moe_core.losses.choice_probability`. W_noise starts at zero, so sigma starts at
router_noise ln 2 + 0.01. The 0.01 is that of the released code and not in the paper, which starts W at zero as well. In
evaluation there is no noise.

What people get wrong: the softmax comes after the choice, over the noisy logits.
"""

from typing import Any, final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import check_k
from moe_core.routing import TokenRouting

LEAST_NOISE = 0.01
"""Added to every standard deviation: the smooth load divides by it."""


@final
class NoisyTopKRouter(LinearRouter):
    """Choose k of E experts by noisy logits, 1 <= k <= E. Raises ValueError for another k.

    router_noise is a factor on the learned standard deviation, 1 in the paper. `noise_weight` (E, D) is W_noise.
    """

    def __init__(
        self, *, d_model: int, num_experts: int, generator: Generator, k: int, router_noise: float, **linear: Any
    ) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, generator=generator, **linear)
        # A stream of its own, so that the batches to come do not depend on the router.
        self.noise = Generator().manual_seed(int(torch.randint(2**62, (), generator=generator)))
        self.k = check_k(k, num_experts)
        self.router_noise = router_noise
        self.noise_weight = nn.Parameter(torch.zeros(num_experts, d_model))

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        noise_std, noisy = None, logits
        if self.training:
            noise_std = self.router_noise * functional.softplus(functional.linear(x, self.noise_weight)) + LEAST_NOISE
            noisy = logits + noise_std * torch.randn(logits.shape, generator=self.noise).to(logits)
        probs = logits.softmax(-1)
        assigned, selection = self.choose(noisy, self.k, noisy.softmax(-1) if self.biased else probs)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=noisy.masked_fill(~assigned, -torch.inf).softmax(-1),
            noise_std=noise_std,
        )
