"""What every worker needs, loaded once in the host and shared by forking.

A fork of a warm process takes some 50 ms and a few MiB, where a fresh process takes seconds and 200 MiB. For this the
host has one thread and never runs a backward pass: threads, autograd's among them, do not survive a fork.
"""

import gc
import os

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # scikit-learn loads pandas, and that loads Arrow.
}
"""The numeric libraries read these once, while they are loaded, and would start their threads then."""


def warm_up() -> None:
    """Load torch, the data and everything that a first frame passes through, then freeze it.

    Frozen objects are left out of garbage collection. A collection would write to them, and each page written to is
    a page that a worker no longer shares.
    """
    os.environ.update(ONE_THREAD)
    import torch
    import torch._dynamo

    from moe_core.config import presets
    from moe_core.trainer import Trainer
    from server.live_run import LiveRun
    from server.rendering import Renderer
    from server.worker import Worker

    torch.set_num_threads(1)
    for name in presets.NAMES:
        run = LiveRun(Trainer(presets.load(name).config))
        Renderer(now=0.0).frame(run, have=None, resolution=64)
    del run, Worker
    gc.collect()
    gc.freeze()
