"""Which experts are asked together, by hand, and not as the script released with the paper counts it."""

import pytest
import torch
from torch import Tensor

from moe_core.metrics import co_activation
from moe_core.questions import asked_together
from moe_core.trainer import Trainer
from tests.moe_core.cases import random_tokens, small_config, train

ASSIGNED = torch.tensor(
    [
        [True, True, False, False],
        [True, False, True, False],
        [True, True, False, False],
        [False, False, True, False],
    ]
)


def test_by_hand() -> None:
    """Expert 1 has three tokens, two of them with 2 and one with 3. Expert 2 has none without 1. Nobody asks 4."""
    wanted = [[1, 2 / 3, 1 / 3, 0], [1, 1, 0, 0], [1 / 2, 0, 1, 0], [0, 0, 0, 0]]
    torch.testing.assert_close(co_activation(ASSIGNED), torch.tensor(wanted))


def test_it_is_not_symmetric() -> None:
    shares = co_activation(ASSIGNED)
    assert float(shares[1, 0]) == 1.0
    assert float(shares[0, 1]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_a_row_adds_up_to_k(k: int) -> None:
    """Itself and k - 1 others; of one expert a token, itself alone."""
    shares = co_activation(best(random_tokens(200, 5), k))
    torch.testing.assert_close(shares.sum(1), torch.full((5,), float(k)))
    torch.testing.assert_close(shares.diagonal(), torch.ones(5))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_it_is_eq_6_over_all_pairs(k: int) -> None:
    """N_ij over N_i, one token and one pair at a time."""
    assigned = best(random_tokens(60, 5), k)
    rows = [row.nonzero().flatten().tolist() for row in assigned]
    shares = co_activation(assigned)
    for i in range(5):
        mine = [row for row in rows if i in row]
        for j in range(5):
            wanted = sum(j in row for row in mine) / len(mine)
            assert float(shares[i, j]) == pytest.approx(wanted)


def test_neighbours_in_rank_alone_are_not_all_pairs() -> None:
    """The released script counts the first with the second and the second with the third, and not the first with the
    third. With two experts a token both count the same; with three the script misses a third of the pairs."""
    scores = random_tokens(200, 6)
    for k, missed in ((2, 0.0), (3, 1 / 3), (4, 1 / 2)):
        every, neighbours = pairs(scores, k, adjacent=False), pairs(scores, k, adjacent=True)
        counts = best(scores, k).float()
        together = (counts.T @ counts).fill_diagonal_(0.0)
        assert torch.equal(every, together)
        assert 1 - float(neighbours.sum() / every.sum()) == pytest.approx(missed)
        assert torch.equal(every, neighbours) == (k == 2)


def test_a_run_tells_who_is_asked_with_whom() -> None:
    trainer = train(Trainer(small_config(k=2)), 5)
    rows = torch.tensor(asked_together(trainer))
    torch.testing.assert_close(rows, co_activation(trainer.evaluate().routing.assigned))
    assert rows.shape == (4, 4)
    trainer.do("add")
    assert asked_together(trainer)[4] == [0.0] * 5


def best(scores: Tensor, k: int) -> Tensor:
    """The k highest of each row, as bool."""
    return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, scores.topk(k).indices, True)


def pairs(scores: Tensor, k: int, *, adjacent: bool) -> Tensor:
    """How often each two experts stand in the k best of a token: at any two ranks, or at adjacent ones."""
    counts = torch.zeros(scores.shape[1], scores.shape[1])
    for ranked in scores.topk(k).indices.tolist():
        for first in range(k):
            for second in range(first + 1, k):
                if second == first + 1 or not adjacent:
                    counts[ranked[first], ranked[second]] += 1
                    counts[ranked[second], ranked[first]] += 1
    return counts
