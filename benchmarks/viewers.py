"""Twenty viewers at once, each of a run of its own, over WebSockets of the app as a person starts it."""

import asyncio
import statistics
import uuid

from benchmarks.pulling import PullingViewer
from benchmarks.row import Row, table
from moe_core.config import presets
from tests.browser.app_server import AppServer, free_port

VIEWERS, SECONDS = 20, 10.0


def measure() -> list[Row]:
    """Frames per second and 95th percentile of the gaps between frames, of each viewer; the worst of each is told."""
    server = AppServer(free_port())
    settings = presets.load("specialists").config.settings()
    viewers = [PullingViewer(server.port, str(uuid.uuid4()), settings) for _ in range(VIEWERS)]
    try:
        asyncio.run(_all_at_once(viewers))
    finally:
        server.stop()
    gaps = [[later - earlier for earlier, later in zip(v.times, v.times[1:], strict=False)] for v in viewers]
    rates = [len(viewer_gaps) / sum(viewer_gaps) for viewer_gaps in gaps]
    worst_gap = max(statistics.quantiles(viewer_gaps, n=20)[-1] for viewer_gaps in gaps)
    return [
        Row(f"{VIEWERS} viewers, each its own run: slowest", min(rates), "frames/s", ">= 2 frames/s", min(rates) >= 2),
        Row(f"{VIEWERS} viewers: median", statistics.median(rates), "frames/s"),
        Row(f"{VIEWERS} viewers: worst p95 gap", worst_gap, "s", "<= 1 s", worst_gap <= 1),
        Row(
            f"{VIEWERS} viewers: median training rate of a run (asked: 60)",
            statistics.median(viewer.header["steps_per_second"] for viewer in viewers),
            "steps/s",
        ),
    ]


async def _all_at_once(viewers: list[PullingViewer]) -> None:
    """First each alone for a moment, so that every run has begun before it counts."""
    await asyncio.gather(*(viewer.pull("2", seconds=0.0) for viewer in viewers))
    await asyncio.gather(*(viewer.pull("2", SECONDS) for viewer in viewers))


if __name__ == "__main__":
    print(table(measure()))
