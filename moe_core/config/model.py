"""The size of the mixture: how many experts, and how wide each one is."""

from moe_core.config.section import Section, setting


class ModelConfig(Section):
    """One MoE layer from inputs to class scores. Each expert is inputs -> d_hidden ReLU units -> classes."""

    num_experts: int = setting(
        8, label="Number of experts", help="How many experts the router chooses from (E).", ge=1, le=64, slider=(1, 16)
    )
    d_hidden: int = setting(
        16, label="Expert width", help="Hidden units in each expert (F).", unit="units", ge=1, le=512, slider=(2, 64)
    )
