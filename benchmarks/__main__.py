"""`make bench`: every measurement, one table, and the machine it was taken on."""

import os
import platform

import torch

from benchmarks import layer, live, many_experts, routers, step, viewers, workers
from benchmarks.row import table


def main() -> None:
    """Measure one thing after another, so that none disturbs the next."""
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        end=", ",
    )
    print(f"torch {torch.__version__}, load before the start {os.getloadavg()[0]:.1f}\n")
    parts = (step, routers, layer, many_experts, workers, live, viewers)
    print(table([row for part in parts for row in part.measure()]))


if __name__ == "__main__":
    main()
