"""Auxiliary losses: pure functions of a routing.

E counts every expert, killed ones too, as it does in the fair share of `moe_core.capacity`. At balance among A that are
alive, load_balancing_loss and sequence_balance_loss are E / A and not 1, importance_loss and load_loss are E / A - 1
and not 0, and load_balanced_l1 is E / A times the mean sum of gates. Those alive are pulled to equal shares all the
same.
"""

import torch
from torch import Tensor

from moe_core.metrics import cv_squared, sequences
from moe_core.routers.router import FORCED
from moe_core.routing import Routing, TokenRouting


def load_balancing_loss(routing: Routing) -> Tensor:
    """The Switch Transformer's balancing loss (Fedus et al. 2021, arXiv 2101.03961, eq. 4).

        L = E sum_e f_e P_e

    f_e is expert e's share of the assignments, P_e its mean probability over the tokens. Both sum to 1, so at perfect
    balance L is 1, for every k. 1 is no lower bound: an f that leans away from P gives less. f counts, so it has no
    gradient; the loss lowers P where f is high.
    """
    load = routing.load
    return len(load) * (load * routing.importance).sum()


def sequence_balance_loss(routing: Routing, sequence_length: int) -> Tensor:
    """The sequence-wise balancing loss (DeepSeek-V3, DeepSeek-AI 2024, arXiv 2412.19437, eq. 17 to 20).

        L = mean over sequences of E sum_e f_e P_e
        f_e = share of the sequence's assignments,   P_e = mean over its tokens of p_te = s_te / sum_j s_tj

    It is `load_balancing_loss` inside each sequence: 1 at balance, and again no lower bound. (The paper counts the E in
    f_e.) A batch can be balanced where no sequence is, and then this loss still has something to say. Tokens behind the
    last whole sequence are left out. Raises ValueError where there is no whole sequence.
    """
    counts = sequences(routing.assigned, sequence_length).sum(1)
    shares = counts / counts.sum(-1, keepdim=True).clamp(min=1)
    mean_probs = sequences(routing.probs, sequence_length).mean(1)
    return counts.shape[-1] * (shares * mean_probs).sum(-1).mean()


def importance_loss(routing: TokenRouting) -> Tensor:
    """The importance loss (Shazeer et al. 2017, arXiv 1701.06538, eq. 6 and 7).

        L = CV(I)^2,   I_e = sum_t g_te

    Importance here is the sum of the gates, as in the paper, not of the probabilities. Equal importance does not mean
    equal numbers of tokens. The gates are those that are left: under a capacity, which the paper does not have,
    full experts look alike however many tokens chose them. A run refuses the two together.
    """
    return cv_squared(routing.gates.sum(0))


def load_loss(routing: TokenRouting) -> Tensor:
    """The load loss (Shazeer et al. 2017, arXiv 1701.06538, eq. 8 to 11).

        L = CV(Load)^2,   Load_e = sum_t Pr(t, e)

    Counts have no gradient, so each token counts with the probability that it would choose the expert.
    """
    return cv_squared(choice_probability(routing).sum(0))


def choice_probability(routing: TokenRouting) -> Tensor:
    """Pr(t, e) (T, E): the probability that token t chooses expert e, were the noise of that one logit drawn again.

        Pr(t, e) = Phi((h_te - threshold_te) / sigma_te)

    The threshold is the k-th largest selection of the others: the largest that was not chosen where e was chosen, else
    the smallest that was. It is 1 where nothing could take e's place, or e was forced. Raises ValueError for a routing
    without noise.
    """
    if routing.noise_std is None:
        raise ValueError("The load loss needs a routing with noise: there is none in evaluation, or with this router.")
    chosen, selection = routing.assigned, routing.selection
    # Large and finite, so that gradients stay numbers where there is nothing to compare with.
    last_in = selection.masked_fill(~chosen, 1e9).amin(-1, keepdim=True)
    first_out = selection.masked_fill(chosen, -1e9).amax(-1, keepdim=True)
    threshold = torch.where(chosen, first_out, last_in)
    scores = torch.where(selection >= FORCED, selection, routing.logits)
    return torch.special.ndtr((scores - threshold) / routing.noise_std)


def router_z_loss(routing: Routing) -> Tensor:
    """The router z-loss (Zoph et al. 2022, arXiv 2202.08906, eq. 5).

        L = mean_t (log sum_e exp h_te)^2

    It keeps logits small, so that softmax keeps its precision and gradients their size. The paper's weight is 0.001.
    """
    return routing.logits.logsumexp(-1).square().mean()


def entropy_loss(routing: Routing) -> Tensor:
    """Mean entropy of the tokens' probabilities (Huang et al. 2024, arXiv 2403.07652, who weigh it by 1e-4).

        L = -mean_t sum_e p_te log p_te

    From 0 (sure of each token) to log E. It makes a router sure; it does not balance, and a collapsed router has the
    least of it.
    """
    return _entropy(routing.probs).mean()


def mutual_information_loss(routing: Routing) -> Tensor:
    """Minus the mutual information between expert and token (Mod-Squad, Chen et al. 2022, arXiv 2212.08066;
    ModuleFormer, Shen et al. 2023, arXiv 2306.04640).

        L = -(H(E) - H(E|X)) = sum_e P_e log P_e - mean_t sum_e p_te log p_te,   P_e = mean_t p_te

    From -log E (each token sure, all experts equally probable) to 0 (every token has the same probabilities, whatever
    they are). The first term evens the importance, the second makes the router sure of each token.
    """
    return _entropy(routing.probs).mean() - _entropy(routing.importance)


def _entropy(probs: Tensor) -> Tensor:
    """-sum_e p_e log p_e over the last axis."""
    # Clamped, since the slope of p log p at 0 is infinite: times the 0 of a softmax it would be no number.
    return -(probs * probs.clamp(min=torch.finfo(probs.dtype).tiny).log()).sum(-1)


def load_balanced_l1(routing: Routing) -> Tensor:
    """The L1 loss of ReMoE (Wang et al. 2024, arXiv 2412.14711), each gate weighed by how busy its expert is.

        L = E / (k T^2) sum_e (sum_t g_te) (sum_t [g_te > 0]),   g = relu(h)

    k is the routing's target. With k experts a token and an even load this is the mean over tokens of the sum of gates.
    The count has no gradient, as f in `load_balancing_loss`; the sum of gates has. g is read from the logits: what
    found no place in its expert counts too.

    Raises ValueError for a routing without a target.
    """
    if routing.target is None:
        raise ValueError("The load-balanced L1 loss needs a routing with a target: only the router relu has one.")
    gates = routing.logits.relu()
    num_tokens, num_experts = gates.shape
    return num_experts / (routing.target * num_tokens**2) * (gates.sum(0) * (gates > 0).sum(0)).sum()
