"""What the host loads for its workers before the first visitor is served, and what only after."""

import subprocess
import sys

from tests.source_tree import ROOT

LOADING = """
import sys
from server.warm_up import warm_up, warm_up_further
COSTLY = ("torch", "torch._dynamo", "sklearn")
warm_up()
print(*[name for name in COSTLY if name in sys.modules])
parts = list(warm_up_further())
print(*[name for name in COSTLY if name in sys.modules])
before = set(sys.modules)
from moe_core.config import presets
from moe_core.trainer import Trainer
from server.answers import EXPORTERS, rest_of
for name in presets.NAMES:
    trainer = Trainer(presets.load(name).config.merge({"device": "cpu"})[0])
    trainer.step()
    rest_of(trainer)
    for export in EXPORTERS.values():
        export(trainer)
print(*[name for name in set(sys.modules) - before if name.startswith(("torch._dynamo", "sklearn"))])
"""


def test_a_first_frame_needs_torch_alone_and_a_worker_finds_the_rest_loaded() -> None:
    """What a worker loaded itself would cost it a second, and a hundred megabytes that it shares with no other."""
    done = subprocess.run([sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, check=True)
    first, then, later = done.stdout.splitlines()
    assert first.split() == ["torch"]
    assert then.split() == ["torch", "torch._dynamo", "sklearn"]
    assert later == ""
