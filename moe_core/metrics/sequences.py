"""Balance inside sequences: runs of tokens that stand next to each other in a batch."""

from torch import Tensor


def sequences(values: Tensor, sequence_length: int) -> Tensor:
    """Values of tokens (T, ...) as those of sequences (S, sequence_length, ...); what is behind the last is left out.

    Raises ValueError where not one sequence is whole.
    """
    num_tokens = len(values)
    if not 1 <= sequence_length <= num_tokens:
        raise ValueError(
            f"sequence_length = {sequence_length} was refused: it is from 1 to the number of tokens, {num_tokens}."
        )
    whole = values[: num_tokens - num_tokens % sequence_length]
    return whole.reshape(-1, sequence_length, *values.shape[1:])


def sequence_violation(assigned: Tensor, sequence_length: int) -> float:
    """How far the busiest expert of a sequence is over its fair share, on average over the sequences: (T, E), bool.

        mean over sequences of   max_e counts_e / mean_e counts_e - 1

    It is MaxVio (Wang et al. 2024, arXiv 2408.15664, eq. 4) in each sequence, from 0 to E/k - 1. It is at least the
    MaxVio of all tokens together where every token has k experts: short sequences are uneven by chance, too.
    """
    counts = sequences(assigned, sequence_length).sum(1).double()
    return float((counts.amax(-1) / counts.mean(-1) - 1.0).mean())
