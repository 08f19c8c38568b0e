"""The size of the mixture: how many experts there are to choose from."""

from moe_core.config.section import Section, setting


class ModelConfig(Section):
    """One MoE layer from inputs to outputs."""

    num_experts: int = setting(
        8, label="Number of experts", help="How many experts the router chooses from (E).", ge=1, le=64, slider=(1, 16)
    )
