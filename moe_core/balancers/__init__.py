"""All balancers by name. The names are those of the balancer settings in `moe_core.config.balancer`."""

from moe_core.balancers.balancer import Balancer
from moe_core.balancers.no_balancer import NoBalancer
from moe_core.balancers.switch_loss import SwitchLoss
from moe_core.config.balancer import BalancerConfig

BALANCERS: dict[str, type[Balancer]] = {"none": NoBalancer, "switch_loss": SwitchLoss}


def build_balancer(config: BalancerConfig) -> Balancer:
    """The balancer that a configuration names."""
    return BALANCERS[config.balancer](**config.model_dump(exclude={"balancer"}))


__all__ = ["BALANCERS", "Balancer", "NoBalancer", "SwitchLoss", "build_balancer"]
