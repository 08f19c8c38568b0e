"""Switch routing: one expert a token (Fedus, Zoph and Shazeer 2021, arXiv 2101.03961).

    p = softmax(W x + b),   e = argmax p,   y = p_e y_e
    in training the router reads x u in place of x, with u ~ U(1 - input_jitter, 1 + input_jitter) for each entry

The gate is p_e itself, not 1: that factor is the only way the task's loss reaches the router. The jitter lets close
calls fall either way, so that an expert just behind is tried. The paper's is 0.01; here it is 0, off, by default.

What people get wrong: the expert gets x and not x u. Code that multiplies the tokens in place, as Hugging Face's
Mixtral block does, trains the experts on noise too, and changes the tokens for whoever reads them next.
"""

from typing import Any, final

import torch
from torch import Generator, Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routing import TokenRouting


@final
class SwitchRouter(LinearRouter):
    """Choose the one best of E experts. `linear` holds LinearRouter's options.

    Raises ValueError for an input_jitter under 0 or over 1: a factor would change its sign.
    """

    def __init__(self, *, generator: Generator, input_jitter: float = 0.0, **linear: Any) -> None:
        super().__init__(generator=generator, **linear)
        if not 0.0 <= input_jitter <= 1.0:
            raise ValueError(f"input_jitter = {input_jitter} was refused: it is a number from 0 to 1.")
        self.input_jitter = input_jitter
        # From a copy, so that the first weights that are drawn next are the same with jitter as without.
        self.noise = Generator().manual_seed(int(torch.randint(2**62, (), generator=generator.clone_state())))

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(self.jittered(x) if self.training and self.input_jitter else x)
        probs = logits.softmax(-1)
        assigned, selection = self.choose(logits, 1, probs)
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=probs * assigned
        )

    def jittered(self, x: Tensor) -> Tensor:
        """What the router reads while training: a tensor of its own (T, D)."""
        draws = torch.rand(x.shape, generator=self.noise).to(x)
        return x * (1.0 + self.input_jitter * (2.0 * draws - 1.0))
