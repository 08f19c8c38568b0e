"""The size of the mixture: how many experts there are to choose from, and how many that everybody asks."""

from moe_core.config.section import Section, setting


class ModelConfig(Section):
    """One MoE layer from inputs to outputs."""

    num_experts: int = setting(
        8,
        label="Number of experts",
        help="How many experts the router chooses from (E) when the run starts. Some may be added while it trains.",
        ge=1,
        le=64,
        slider=(1, 16),
    )
    num_shared: int = setting(
        0,
        label="Shared experts",
        help="Experts that every token asks, beside those that the router chooses. Their answers are added whole.",
        ge=0,
        le=8,
        slider=(0, 8),
    )
