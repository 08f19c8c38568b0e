"""How early the routing becomes what it will be."""

from torch import Tensor


def router_saturation(then: Tensor, now: Tensor) -> float:
    """Share of the experts that a token has now which it had then, mean over tokens: (T, E) and (T, E'), both bool.

        (1/T) sum_t |S_t(then) and S_t(now)| / k_t,   k_t = |S_t(now)|

    Eq. 5 of OLMoE (Muennighoff et al. 2024, arXiv 2409.02060), where k_t is the same k for each token. From 0 (none
    was there yet) to 1 (all were). By chance it is not 0: a router that chose k of E experts at random would
    have k / E, so read it beside that. Tokens that have no expert now are left out; NaN where none has.

    1 - saturation is the share of the choices that changed, where every token has k experts in both: for k = 1 the
    routing fluctuation of X-MoE (Chi et al. 2022, arXiv 2204.09179).

    E' may be more than E: nobody chose an expert before it was added. Raises ValueError if the numbers of tokens
    differ.
    """
    if then.shape[0] != now.shape[0]:
        raise ValueError(
            f"router_saturation: then has {then.shape[0]} tokens and now {now.shape[0]}; they must be the same."
        )
    in_both = min(then.shape[1], now.shape[1])
    kept = (then[:, :in_both] & now[:, :in_both]).sum(-1)
    chosen = now.sum(-1)
    return float((kept / chosen)[chosen > 0].mean())
