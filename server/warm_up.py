"""What every worker needs, loaded once in the host and shared by forking.

A fork of a warm process takes some 50 ms and a few MiB, where a fresh process takes seconds and 200 MiB. For this the
host has one thread and never runs a backward pass: threads, autograd's among them, do not survive a fork. Nor does
CUDA: the host draws on the processor, and asks whether there is a GPU without waking it.

Frozen objects are left out of garbage collection. A collection would write to them, and each page written to is a
page that a worker no longer shares.
"""

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moe_core.trainer import Trainer

FIT_TO_FORK = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # scikit-learn loads pandas, and that loads Arrow.
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # Else asking for a GPU opens the driver, and no fork could use it.
}
"""The numeric libraries read these once, while they are loaded, and would start their threads then."""


def warm_up() -> None:
    """Load torch and everything that a first frame of the first preset passes through: a visitor may be waiting."""
    os.environ.update(FIT_TO_FORK)
    gc.disable()  # What is loaded stays. Looking for garbage meanwhile takes a quarter of the whole time.
    import torch

    from moe_core.config import presets
    from server.worker import Worker

    torch.set_num_threads(1)
    leave_the_compiler_out()
    _draw_once(presets.NAMES[0])
    del Worker
    gc.freeze()
    gc.enable()


def leave_the_compiler_out() -> None:
    """Let an optimizer be built without torch._dynamo, which takes longer to load than all else after torch.

    Some of an optimizer's methods load it when first called, only to be told that it compiles them not. They look first
    for what they were told before; here that is the method itself, since nothing is compiled. A torch that looks
    elsewhere would load it as ever.
    """
    from torch.optim import Optimizer

    for method in vars(Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None:
            plain.__dynamo_disable = plain


def warm_up_further() -> Iterator[str]:
    """Load the rest, part by part: what an optimizer's step asks for, scikit-learn and its data. Yields each part's
    name."""
    import torch._dynamo

    from moe_core.config import presets

    yield torch._dynamo.__name__
    for name in presets.NAMES:
        _draw_once(name).measure()
        yield name
    gc.collect()
    gc.freeze()


def _draw_once(preset: str) -> "Trainer":
    from moe_core.config import presets
    from moe_core.trainer import Trainer
    from server.live_run import LiveRun
    from server.protocol import FrameRequest
    from server.rendering import Renderer

    # On the processor, whatever there is: a process that has touched CUDA may not be forked.
    config, _ = presets.load(preset).config.merge({"device": "cpu"})
    trainer = Trainer(config)
    Renderer(now=0.0).frame(LiveRun(trainer), FrameRequest())
    return trainer
