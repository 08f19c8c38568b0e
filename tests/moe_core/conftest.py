"""One thread, as runs have: two would wait for each other on models this small."""

import torch

torch.set_num_threads(1)
