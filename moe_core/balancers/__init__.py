"""All balancers by name. The names are those of the balancer settings in `moe_core.config.balancer`."""

from moe_core.balancers.adaptive_l1 import AdaptiveL1
from moe_core.balancers.balancer import Balancer
from moe_core.balancers.entropy_loss import EntropyLoss
from moe_core.balancers.importance_and_load import ImportanceAndLoad
from moe_core.balancers.loss_free import LossFree
from moe_core.balancers.mutual_information import MutualInformation
from moe_core.balancers.no_balancer import NoBalancer
from moe_core.balancers.sequence_loss import SequenceLoss
from moe_core.balancers.switch_loss import SwitchLoss
from moe_core.balancers.together import Together
from moe_core.balancers.z_loss import ZLoss
from moe_core.config.balancer import BalancerSection, balancer_parts

BALANCERS: dict[str, type[Balancer]] = {
    "none": NoBalancer,
    "switch_loss": SwitchLoss,
    "importance_and_load": ImportanceAndLoad,
    "mutual_information": MutualInformation,
    "entropy_loss": EntropyLoss,
    "adaptive_l1": AdaptiveL1,
    "z_loss": ZLoss,
    "loss_free": LossFree,
    "sequence_loss": SequenceLoss,
}


def build_balancer(config: BalancerSection) -> Balancer:
    """The balancer that a configuration names, or the sum of those it names."""
    parts = [BALANCERS[name](**settings) for name, settings in balancer_parts(config)]
    return parts[0] if len(parts) == 1 else Together(parts)


__all__ = [
    "BALANCERS",
    "AdaptiveL1",
    "Balancer",
    "EntropyLoss",
    "ImportanceAndLoad",
    "LossFree",
    "MutualInformation",
    "NoBalancer",
    "SequenceLoss",
    "SwitchLoss",
    "Together",
    "ZLoss",
    "build_balancer",
]
