"""Where a run's random numbers come from: one seed, and from it three streams that know nothing of each other.

    data    = first  word of SeedSequence(seed, data_draw)
    weights = second word of SeedSequence(seed, weights_draw)
    batches = third  word of SeedSequence(seed)

So the first weights can be drawn again for the same data, or the data for the same first weights. Draw 0 is what the
seed alone gives.
"""

import numpy as np


def seeds_of_streams(seed: int, weights_draw: int, data_draw: int) -> tuple[int, int, int]:
    """The seeds of the streams for the data, for the first weights and for the batches; each below 2^64."""
    data, _, _ = three_words(seed, data_draw)
    _, weights, _ = three_words(seed, weights_draw)
    _, _, batches = three_words(seed, 0)
    return data, weights, batches


def three_words(seed: int, draw: int) -> list[int]:
    """Three whole numbers below 2^64 that any other seed or draw makes others. Draw 0 is the seed by itself."""
    sequence = np.random.SeedSequence(seed, spawn_key=(draw,) if draw else ())
    return [int(word) for word in sequence.generate_state(3, np.uint64)]
