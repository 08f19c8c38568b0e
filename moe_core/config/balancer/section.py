"""What the settings of every balancer have."""

from moe_core.config.routers import RouterSection
from moe_core.config.section import Section, setting


class BalancerSection(Section):
    """What every balancer's settings have: its name, or the names of several."""

    balancer: str

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """Why this balancer makes no sense with a router, as what follows its name; empty where it does."""
        reason = router.balances_itself if router.learns else "no loss can move what it decides"
        return reason and f"has no meaning when router is {router.router}: {reason}"


class CountingSection(BalancerSection):
    """Abstract: a loss that weighs each expert's probability by how many tokens it was sent."""

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """Equal counts weigh all probabilities alike, and those sum to 1: the loss is a constant.

        So it is with k experts of k. But k is live and a balancer is not, and k comes down again: that is not refused,
        and the help of k says it."""
        if router.asks_all and not router.balances_itself:
            reason = "every expert gets every token, so the loss is a constant"
            return f"has no meaning when router is {router.router}: {reason}"
        return super().refusal(router)


def coefficient(default: float, label: str, help: str) -> float:
    """The setting that weighs a loss."""
    weight: float = setting(
        default, label=label, help=help, live=True, ge=0.0, le=100.0, slider=(0.001, 10.0), logarithmic=True
    )
    return weight
