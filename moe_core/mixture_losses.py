"""Three ways to judge a mixture of which every expert answers (Jacobs, Jordan, Nowlan and Hinton 1991, Neural
Computation 3:79, eq. 1.1 to 1.3): does the answer count that the experts give together, or the one that each gives?

    cooperative   |d - sum_e p_e y_e|^2                      each expert makes up for what the others leave over
    competitive   sum_e p_e |d - y_e|^2                      each answers alone, and counts as much as p_e says
    likelihood    -log sum_e p_e exp(-|d - y_e|^2 / 2)       one expert made the target d, and it is not known which

Of the last the gradient of an expert's answer is -r_e (d - y_e), where r_e is the posterior: p_e times how likely the
target is under e, over the sum of that. So who is nearest learns most, and experts come to differ. For classes the
term of an expert is its cross-entropy: the likelihood is then -log sum_e p_e q_e(d), q_e(d) being what e gives class d.

cooperative is the task's own loss of the layer's output. Here are the two that look at each expert's own answer.
What people get wrong: a mixture that is trained on the loss of its output is not the mixture of experts of 1991.
"""

from collections.abc import Callable

from torch import Tensor

from moe_core.objective import Objective
from moe_core.routing import Routing


def competitive_losses(routing: Routing, answers: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """sum_e p_te loss(y_te, d_t), for each token (T,). answers (E, T, C) are every expert's to every token.

    The loss is the task's own, so for a regression of several outputs it is the mean over them where the paper has the
    sum.
    """
    return (routing.probs * of_each_expert(objective.loss_of_each, answers, targets)).sum(-1)


def likelihood_losses(routing: Routing, answers: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """-log sum_e p_te q_te(d_t), for each token (T,), up to a constant. answers (E, T, C) are every expert's.

    Of a regression each expert's answer is the mean of a Gaussian of variance 1 in each output. The logarithm of p is
    taken from the logits, of which p is the softmax: p itself may be rounded to zero.
    """
    surprise = of_each_expert(objective.surprise_of_each, answers, targets)
    return -(routing.logits.log_softmax(-1) - surprise).logsumexp(-1)


def of_each_expert(loss_of_each: Callable[[Tensor, Tensor], Tensor], answers: Tensor, targets: Tensor) -> Tensor:
    """What each expert's answer to each token is worth: answers (E, T, C) and the tokens' targets to (T, E)."""
    num_experts, num_tokens, _ = answers.shape
    repeated = targets.expand(num_experts, *targets.shape).flatten(0, 1)
    return loss_of_each(answers.flatten(0, 1), repeated).view(num_experts, num_tokens).T


MIXTURE_LOSSES: dict[str, Callable[[Routing, Tensor, Tensor, Objective], Tensor]] = {
    "competitive": competitive_losses,
    "likelihood": likelihood_losses,
}
"""Those that look at each expert's own answer, by name. The names are those of the setting `mixture_loss`."""
