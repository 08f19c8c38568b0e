"""What the experts are good at, and whether they differ, from every expert's answer to every token."""

import torch
from torch import Tensor


def own_minus_others(right: Tensor, assigned: Tensor) -> float:
    """How much better the chosen expert is than the others on the same token; 0 means that any would do.

        mean over assignments (t, e) of   right[e, t] - (1 / (E - 1)) sum_{e' != e} right[e', t]

    right (E, T) is 1 where expert e alone would answer token t rightly and 0 elsewhere, or another task's score, the
    higher the better. assigned (T, E) is bool. The others are all E - 1, whether the token chose them too or not. From
    -1 to 1 for right and wrong; 0 with one expert. An untrained router may already agree with the clusters, since it
    cuts space into regions, but this is then near 0: no expert has learned its region yet.
    """
    num_experts = right.shape[0]
    if num_experts == 1:
        return 0.0
    others = (right.sum(0) - right) / (num_experts - 1)
    return float((right - others).T[assigned].mean().detach())


def output_similarity(outputs: Tensor) -> Tensor:
    """Linear CKA between the experts' answers to the same tokens: (E, T, C) to (E, E), symmetric, 0 to 1.

        CKA(X, Y) = |X^T Y|^2 / (|X^T X| |Y^T Y|),   Frobenius norms, X and Y (T, C) minus their means over tokens

    Kornblith et al. 2019 (arXiv 1905.00414). An expert that gives every token the same answer tells no tokens apart:
    it is like no expert, and has 0 on the diagonal too, where all others have 1.

    It reads answers and not weights, since the hidden units of an expert can be reordered without changing what it
    does: the cosine of the flattened weights would then call it a stranger to itself. It does not see a rotation or
    a scale either: an expert and its negative, one right wherever the other is wrong, are alike. Unrelated answers
    give about C / (C + T), so take many more tokens than outputs. Outliers weigh much (Davari et al. 2022,
    arXiv 2210.16156). It takes E^2 C^2 T multiply-adds: a number to look at when at rest.
    """
    answers = outputs.detach().cpu().double()
    # Minus the first token's answer, an expert that always says the same is exactly 0, free of rounding.
    varying = answers - answers[:, :1]
    centred = varying - varying.mean(1, keepdim=True)
    # One expert against all at a time: (C, T) @ (E, T, C) is (E, C, C).
    shared = torch.stack([(own.T @ centred).square().sum((1, 2)) for own in centred])
    norms = shared.diagonal().sqrt()
    scale = torch.outer(norms, norms)
    return torch.where(scale > 0, shared / scale, 0.0).to(outputs.dtype)
