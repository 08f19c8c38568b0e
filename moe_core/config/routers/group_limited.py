"""A router by which each token chooses a few groups of experts first, and then experts inside them."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig, experts_per_token
from moe_core.config.section import setting


class GroupLimitedRouterConfig(LinearRouterConfig):
    """Each token goes to the k best experts of the few groups that suit it best."""

    title: ClassVar[str] = "Group-limited top-k"
    router: Literal["group_limited"] = "group_limited"
    grows: ClassVar[bool | str] = "its groups have one size, and an expert more would make one of them larger"
    k: int = experts_per_token(2)
    num_groups: int = setting(
        4,
        label="Groups of experts",
        help="The experts are cut into so many groups of one size, in their order. In DeepSeek's models a group is "
        "what one machine holds.",
        ge=1,
        le=64,
        slider=(1, 16),
    )
    groups_kept: int = setting(
        2, label="Groups a token may use", help="The others are closed to it.", live=True, ge=1, le=64, slider=(1, 16)
    )
    group_score: Literal["max", "top2"] = setting(
        "max",
        label="Score of a group",
        help="What groups are compared by: max is their best expert's score (DeepSeek-V2), top2 the sum of their two "
        "best (DeepSeek-V3).",
    )
    score: Literal["softmax", "sigmoid"] = setting(
        "softmax",
        label="Score of an expert",
        help="softmax: the scores are probabilities, and the gates are the scores (DeepSeek-V2). sigmoid: each score "
        "stands alone, and the gates are the chosen scores over their sum (DeepSeek-V3).",
    )
    routed_scaling: float = setting(
        1.0,
        label="Scale of the gates",
        help="The gates are multiplied by this; 2.5 in DeepSeek-V3.",
        live=True,
        ge=0.0,
        le=100.0,
        slider=(0.5, 4.0),
    )

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k

    def refusal(self, num_experts: int) -> dict[str, str]:
        """Groups are of one size, a token has no more of them than there are, and k experts are inside of those."""
        if num_experts % self.num_groups:
            return {
                "num_groups": f"it divides the number of experts, which is {num_experts}",
                "num_experts": f"it is a multiple of the number of groups, which is {self.num_groups}",
                "router": f"it has {self.num_groups} groups of one size, and the number of experts is {num_experts}",
            }
        if self.groups_kept > self.num_groups:
            return {
                "groups_kept": f"it is at most the number of groups, which is {self.num_groups}",
                "num_groups": f"it is at least {self.groups_kept}, the groups that a token may use",
            }
        within = num_experts // self.num_groups * self.groups_kept
        if self.k > within:
            inside = f"the groups that a token may use hold {within}"
            too_few = f"a token would choose {self.k} experts, and {inside}"
            return {"k": f"it is at most {within}: {inside}"} | dict.fromkeys(
                ("groups_kept", "num_groups", "num_experts", "router"), too_few
            )
        return {}
