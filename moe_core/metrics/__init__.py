"""What can be said of a mixture in numbers: pure functions, one idea a file.

Shapes: T tokens, E experts, C outputs, L labels. assigned (T, E) is bool: which experts a token chose, before
capacity. load (E,) is each expert's share of all assignments; it sums to 1, and its fair share is 1/E. Where nothing
was assigned the load is 0 for each expert, and any other share of the assignments is NaN.
"""

from moe_core.metrics.ablation import fall_by_label, without_each_expert
from moe_core.metrics.agreement import (
    dispatch_entropy,
    expert_label_counts,
    expert_label_nmi,
    mutual_information,
    normalized_mutual_information,
    purity,
)
from moe_core.metrics.co_activation import co_activation
from moe_core.metrics.confidence import router_entropy, router_margin
from moe_core.metrics.experts import output_similarity, own_minus_others
from moe_core.metrics.load import (
    cv_squared,
    dead_experts,
    dead_fraction,
    dropped_fraction,
    effective_experts,
    load_entropy,
    max_violation,
)
from moe_core.metrics.saturation import router_saturation
from moe_core.metrics.sequences import sequence_violation, sequences
from moe_core.metrics.tug_of_war import TugOfWar, tug_of_war

__all__ = [
    "TugOfWar",
    "co_activation",
    "cv_squared",
    "dead_experts",
    "dead_fraction",
    "dispatch_entropy",
    "dropped_fraction",
    "effective_experts",
    "expert_label_counts",
    "expert_label_nmi",
    "fall_by_label",
    "load_entropy",
    "max_violation",
    "mutual_information",
    "normalized_mutual_information",
    "output_similarity",
    "own_minus_others",
    "purity",
    "router_entropy",
    "router_margin",
    "router_saturation",
    "sequence_violation",
    "sequences",
    "tug_of_war",
    "without_each_expert",
]
