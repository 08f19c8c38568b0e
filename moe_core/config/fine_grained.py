"""Fine-grained experts: the same model cut into smaller pieces (DeepSeekMoE, Dai et al. 2024, arXiv 2401.06066, 3.1).

    m E experts of width F/m, of which m k are chosen, in place of E experts of width F, of which k are

A router that asks as many experts as it takes is cut alike: relu aims for m target_k, and top_p reaches the same p,
which takes m times as many pieces where all are equally probable.

The experts' weights and the products that a token costs in them stay the same; what grows is the number of ways to
combine them: with E = 8 and k = 1 there are 8, with m = 4 already 35,960. What people get wrong: not everything is
equal. The router has m times as many rows, and each piece has output biases of its own.
"""

from moe_core.config.problem import ConfigError, Problem
from moe_core.config.routers import TopPRouterConfig
from moe_core.config.run import RunConfig


def fine_grained(config: RunConfig, m: int) -> RunConfig:
    """The configuration with each expert, a shared one too, cut into m, and m times as many chosen.

    Raises ConfigError, naming the field: for a width that m does not divide, for a router that always chooses as many
    whatever E is, and for more experts than are allowed.
    """
    settings, router = config.settings(), config.router
    if isinstance(m, bool) or m < 1:
        raise ConfigError([Problem("m", m, "it is a whole number of at least 1")])
    width = settings.get("d_hidden")
    if width is None:
        raise ConfigError([Problem("expert", config.expert.expert, "it has no width that could be divided")])
    if width % m:
        raise ConfigError([Problem("d_hidden", width, f"it is a multiple of m, which is {m}")])
    scales = router.asks_all or isinstance(router, TopPRouterConfig) or {"k", "target_k"} & settings.keys()
    if not scales and m > 1:
        raise ConfigError([Problem("router", router.router, f"it has no k that could be {m} times as large")])
    sizes = {name: settings[name] * m for name in ("num_experts", "num_shared", "k", "target_k") if name in settings}
    return RunConfig.from_settings(settings | sizes | {"d_hidden": width // m})
