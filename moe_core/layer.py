"""The Mixture-of-Experts layer (Shazeer et al. 2017, arXiv 1701.06538).

    y = sum_e g_e(x) f_e(x)

A router decides the gates g, experts are the functions f, and where g is zero nothing needs to be computed.
"""

from torch import Tensor, nn

from moe_core.experts import Experts
from moe_core.routers import Router
from moe_core.routing import Routing


class MoELayer(nn.Module):
    """A router in front of experts. x (T, D) to the output (T, d_out) and the routing that made it."""

    def __init__(self, router: Router, experts: Experts) -> None:
        super().__init__()
        self.router = router
        self.experts = experts

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> tuple[Tensor, Routing]:
        routing = self.router(x, token_ids)
        return routing.combine(self.experts(routing.dispatch(x, self.experts.work))), routing

    def expert_outputs(self, x: Tensor) -> Tensor:
        """Every expert's answer everywhere: x (T, D) to (E, T, d_out)."""
        return self.experts.everywhere(x)
