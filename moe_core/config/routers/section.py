"""What the settings of every router have, and what routers tell of themselves to those who have no tensors."""

from abc import abstractmethod
from typing import ClassVar, Literal

from moe_core.config.section import Section, setting


class RouterSection(Section):
    """Abstract. A variant adds its name, its title, its settings and its own ways:

    asks_all         every expert answers every token: nothing is chosen, so nothing can be forced or dropped
    varies           how many experts a token gets varies; `most_chosen` is then only a bound
    looks_at_batch   in evaluation too, what a token gets depends on the tokens beside it
    takes_capacity   experts can be given a capacity; else why not, as the end of a sentence
    grows            experts can be added to a running model; else why not, as the end of a sentence
    learns           a loss on the routing can move what the router decides
    balances_itself  why a loss for balance has nothing to do, as the end of a sentence; empty where it has
    uses_bias        experts are chosen by scores, so that a bias for each can be added to them
    needs_token_ids  it reads the tokens' ids and not the tokens
    by_own_logits    what a token gets follows from its own logits, so that they can be moved to see what follows
    """

    router: str

    asks_all: ClassVar[bool] = False
    varies: ClassVar[bool] = False
    looks_at_batch: ClassVar[bool] = False
    takes_capacity: ClassVar[bool | str] = True
    grows: ClassVar[bool | str] = True
    learns: ClassVar[bool] = True
    balances_itself: ClassVar[str] = ""
    uses_bias: ClassVar[bool] = True
    needs_token_ids: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = True

    @property
    def keeps_token(self) -> bool:
        """Whether a token is a part of its own output, which then has to be as wide as the input."""
        return False

    @abstractmethod
    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to, of so many."""

    def typically_chosen(self, num_experts: int) -> int:
        """How many experts a token is counted with where work is compared."""
        return self.most_chosen(num_experts)

    def products(self, num_experts: int, d_model: int) -> int:
        """Multiplications that a token costs in the router: E D for a matrix."""
        return num_experts * d_model

    def parameters(self, num_experts: int, d_model: int) -> int:
        """Weights and biases of the router."""
        return self.products(num_experts, d_model)

    def refusal(self, num_experts: int) -> dict[str, str]:
        """For each setting that does not fit so many experts, what is allowed, as the end of a sentence. Of settings
        that contradict each other, each is named."""
        k = self.most_chosen(num_experts)
        if k <= num_experts:
            return {}
        return {
            "k": f"it is at most the number of experts, which is {num_experts}",
            "num_experts": f"it is at least k, which is {k}",
            "router": f"it would send a token to {k} experts, and the number of experts is {num_experts}",
        }


class LinearRouterConfig(RouterSection):
    """What every linear router has: logits = (W x + b) / temperature, with W of shape (E, D)."""

    router_init: Literal["normal", "circle"] = setting(
        "normal",
        label="Router start",
        help="How the router's rows start: normal draws each entry from N(0, 1/D). circle spaces the rows evenly "
        "around a circle, in random order, so that on a plane every expert owns a wedge before training.",
    )
    router_init_scale: float = setting(
        1.0,
        label="Router start scale",
        help="Factor on the router's first weights. Small values start near indifference.",
        ge=0.0,
        le=100.0,
        slider=(0.0, 4.0),
    )
    router_bias: bool = setting(
        True, label="Router bias", help="Whether each expert's logit has a learned constant. It starts at zero."
    )
    temperature: float = setting(
        1.0,
        label="Temperature",
        help="The logits are divided by this. Above 1 the router is less sure of its choice, below 1 more.",
        live=True,
        ge=0.01,
        le=100.0,
        slider=(0.1, 10.0),
        logarithmic=True,
    )

    def parameters(self, num_experts: int, d_model: int) -> int:
        """The matrix, and a constant for each expert."""
        return self.products(num_experts, d_model) + num_experts * self.router_bias


def experts_per_token(default: int) -> int:
    """The setting k of a router that chooses k of E experts."""
    k: int = setting(
        default,
        label="Experts per token (k)",
        help="How many experts each token is sent to: at most as many as the run started with. Experts that were added "
        "since do not raise it. When it is the number of experts, everybody is asked, and balancers that count tokens "
        "change nothing.",
        live=True,
        ge=1,
        le=64,
        slider=(1, 8),
    )
    return k


def renormalized(default: bool) -> bool:
    """The setting that chooses between gates that sum to 1 and gates as they are."""
    renormalize: bool = setting(
        default,
        label="Renormalise gates",
        help="On: the gates of the chosen experts are divided by their sum. Off: a gate is the expert's own score: its "
        "probability among all experts, or its sigmoid.",
    )
    return renormalize
