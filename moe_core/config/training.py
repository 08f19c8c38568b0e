"""How the models are trained: rates, batches, the seed, the device, and when to stop."""

from typing import Literal

from moe_core.config.section import Section, setting


class TrainingConfig(Section):
    """One optimizer step per batch, drawn with replacement from the training split."""

    mixture_loss: Literal["cooperative", "competitive", "likelihood"] = setting(
        "cooperative",
        label="Mixture loss",
        help="What the mixture is trained on, after Jacobs and others (1991). cooperative: the loss of the answer that "
        "the experts give together. competitive: each expert's own loss, weighed by its probability. likelihood: how "
        "likely the target is if one expert made it and it is not known which. The last two need a router that asks "
        "every expert. Test loss and score are those of the answer given together.",
    )
    learning_rate: float = setting(
        0.01,
        label="Learning rate",
        help="Step size of the experts and, times its factor, of the router.",
        live=True,
        ge=0.0,
        le=1e6,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )
    router_rate_factor: float = setting(
        1.0,
        label="Router rate factor",
        help="The router's learning rate is the learning rate times this. 0 freezes the router.",
        live=True,
        ge=0.0,
        le=1e3,
        slider=(0.01, 10.0),
        logarithmic=True,
    )
    baseline_learning_rate: float = setting(
        0.01,
        label="Baselines' learning rate",
        help="Step size of the two plain networks that learn from the same batches.",
        live=True,
        ge=0.0,
        le=1e6,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )
    batch_size: int = setting(
        256,
        label="Batch size",
        help="Examples in one step.",
        live=True,
        unit="examples",
        ge=1,
        le=2048,
        slider=(8, 512),
    )
    stop_after: int = setting(
        0,
        label="Stop after",
        help="The run pauses when it has done this many steps. 0: it goes on until it is told to stop.",
        live=True,
        unit="steps",
        ge=0,
        le=10_000_000,
    )
    plateau_steps: int = setting(
        0,
        label="Stop on a plateau of",
        help="The run pauses when the test loss has not been 1% under its former best for this many steps. 0: never.",
        live=True,
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    seed: int = setting(
        0,
        label="Seed",
        help="Decides the data, the first weights, the batches and the noise. The same seed gives the same run.",
        ge=0,
        le=2**31 - 1,
    )
    weights_draw: int = setting(
        0,
        label="Draw of the weights",
        help="Another number draws other first weights under the same seed, for the same data and the same batches.",
        ge=0,
        le=2**31 - 1,
    )
    data_draw: int = setting(
        0,
        label="Draw of the data",
        help="Another number draws other data under the same seed, for the same first weights.",
        ge=0,
        le=2**31 - 1,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto",
        label="Device",
        help="Where the models train. auto takes a CUDA GPU if there is one, else Apple's (MPS), else the processor.",
    )
