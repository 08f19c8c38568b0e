"""Make the saved run and the saved picture of a preset: `python -m server.pretrain specialists --steps 1000`.

They are what a page shows before any worker runs. Both come from a real training run, by the same trainer and the same
renderer as live ones.
"""

import argparse
import time
from pathlib import Path

import torch

from moe_core import checkpoint
from moe_core.config import presets
from moe_core.trainer import Trainer
from server.first_state import PRETRAINED
from server.live_run import LiveRun
from server.protocol import FrameRequest, Look
from server.rendering import Renderer


def pretrain(preset: str, num_steps: int, folder: Path = PRETRAINED) -> None:
    """Train a preset and write PRESET.safetensors and PRESET.frame into `folder`."""
    torch.set_num_threads(1)
    trainer = Trainer(presets.load(preset).config)
    while trainer.step_count < num_steps:
        trainer.step()
    folder.mkdir(exist_ok=True)
    checkpoint.save(trainer, folder / f"{preset}.safetensors")
    frame = Renderer(time.monotonic()).frame(LiveRun(trainer), FrameRequest(look=Look(plain=True)))
    (folder / f"{preset}.frame").write_bytes(frame)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train a preset and keep its state and its picture.")
    parser.add_argument("preset", choices=presets.NAMES)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    pretrain(options.preset, options.steps)
