"""The Mixture-of-Experts layer (Shazeer et al. 2017, arXiv 1701.06538).

    y = sum_{e in S} g_e y_e + sum_s y_s

A router decides the chosen set S and the gates g, expert e answers y_e, and what is not in S need not be computed. The
second sum is that of shared experts, where there are any: every token asks them, and they have no gate (DeepSeekMoE,
Dai et al. 2024, arXiv 2401.06066, eq. 9). What all tokens need is then learned once, and not by every expert again.
"""

from collections.abc import Callable

from torch import Tensor, nn

from moe_core.capacity import Capacity
from moe_core.experts import Experts
from moe_core.routers import Router
from moe_core.routing import Routing


class MoELayer(nn.Module):
    """A router in front of experts. x (T, D) to the output (T, d_out) and the routing that made it.

    capacity: how many tokens an expert takes; None for no limit.
    shared: experts that every token asks, any number of them; None for none. They are no rows of the router.
    identify: x (T, D) to token ids (T,), for a router that reads ids where the tokens have none of their own.
    """

    def __init__(
        self,
        router: Router,
        experts: Experts,
        *,
        capacity: Capacity | None = None,
        shared: Experts | None = None,
        identify: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.router = router
        self.experts = experts
        self.capacity = capacity
        self.shared = shared
        self.identify = identify

    def forward(self, x: Tensor, token_ids: Tensor | None = None, *, limited: bool = True) -> tuple[Tensor, Routing]:
        """limited = False leaves the capacity out, for tokens that are no batch: the places of a drawing, say."""
        if token_ids is None and self.identify is not None:
            token_ids = self.identify(x)
        routing = self.router(x, token_ids)
        if self.capacity is not None and limited:
            routing = self.capacity(routing)
        output = routing.combine(self.experts(routing.dispatch(x, self.experts.work)), x)
        return output if self.shared is None else output + self.shared.everywhere(x).sum(0), routing

    def expert_outputs(self, x: Tensor) -> Tensor:
        """Answer of every expert that can be chosen, everywhere: x (T, D) to (E, T, d_out)."""
        return self.experts.everywhere(x)

    def shared_output(self, x: Tensor) -> Tensor:
        """What the shared experts answer together: x (T, D) to (T, d_out); zero where there are none."""
        experts = self.experts if self.shared is None else self.shared
        outputs = experts.everywhere(x)
        return outputs.new_zeros(outputs.shape[1:]) if self.shared is None else outputs.sum(0)
