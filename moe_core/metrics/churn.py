"""How much of the routing changed between two looks at the same tokens."""

from torch import Tensor


def churn(before: Tensor, after: Tensor) -> float:
    """Share of the assignments that changed, 0 (none) to 1 (all): (T, E) and (T, E'), both bool, of the same T tokens.

        1 - 2 |before and after| / (|before| + |after|)

    Symmetric, and defined where the tokens choose more or fewer experts than before. With the same k in both it is
    1 - |before and after| / (k T), which for k = 1 is the share of the tokens that moved to another expert.

    E' may differ from E: an expert that was added, or removed, is one that no token chose on the other side. Experts
    keep their numbers, so only the last may come and go. NaN where nothing was assigned at all.

    For k = 1 it is the routing fluctuation of X-MoE (Chi et al. 2022, arXiv 2204.09179), named by StableMoE (Dai et al.
    2022, arXiv 2204.08396).

    Raises ValueError if the numbers of tokens differ.
    """
    if before.shape[0] != after.shape[0]:
        raise ValueError(
            f"churn: before has {before.shape[0]} tokens and after {after.shape[0]}; they must be the same."
        )
    in_both = min(before.shape[1], after.shape[1])
    unchanged = (before[:, :in_both] & after[:, :in_both]).sum()
    return float(1 - 2 * unchanged / (before.sum() + after.sum()))
