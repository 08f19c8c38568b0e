"""How the model is trained: Adam on random batches."""

from moe_core.config.section import Section, setting


class TrainingConfig(Section):
    """One optimizer step per batch, drawn with replacement from the training split."""

    learning_rate: float = setting(
        0.01,
        label="Learning rate",
        help="Adam's step size, for the experts, the router and the plain network alike.",
        live=True,
        ge=0.0,
        le=1e6,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )
    batch_size: int = setting(
        256, label="Batch size", help="Examples in one step.", unit="examples", ge=1, le=2048, slider=(8, 512)
    )
    seed: int = setting(
        0,
        label="Seed",
        help="Decides the data, the first weights and the batches. The same seed gives the same run.",
        ge=0,
        le=2**31 - 1,
    )
