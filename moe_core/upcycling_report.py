"""A network made into a mixture, and both trained on: `python -m moe_core upcycle`."""

import json

import torch
from torch import Generator
from torch.optim import Adam

from moe_core.command_line import UpcyclingOrder
from moe_core.experts import MLPExperts
from moe_core.model import PlainNetwork, evaluation_mode
from moe_core.trainer import Trainer
from moe_core.upcycling import upcycle


def report(order: UpcyclingOrder) -> None:
    """Print the test score of a network as wide as one expert, trained for so many steps; of the mixture whose experts
    are copies of it, before and after as many steps more; and of what each would be without the other: the network
    trained on, and the mixture trained afresh."""
    afresh, copies = Trainer(order.config), Trainer(order.config)
    experts, task = copies.model.experts, copies.task
    assert isinstance(experts, MLPExperts)
    seed = order.config.training.seed
    network = PlainNetwork(task.num_inputs, experts.b_in.shape[1], task.num_outputs, Generator().manual_seed(seed)).to(
        copies.device
    )
    optimizer = Adam(network.parameters(), lr=order.config.training.learning_rate)
    batches = Generator().manual_seed(seed)

    def taught() -> float:
        """The network's test score after so many steps more."""
        for _ in range(order.num_steps):
            size = (order.config.training.batch_size,)
            chosen = torch.randint(len(task.train_targets), size, generator=batches).to(copies.device)
            optimizer.zero_grad()
            torch.autograd.backward(task.objective.loss(network(task.train_inputs[chosen]), task.train_targets[chosen]))
            optimizer.step()
        with evaluation_mode(network):
            return float(task.objective.score(network(task.test_inputs), task.test_targets))

    def trained(trainer: Trainer) -> float:
        for _ in range(order.num_steps):
            trainer.step()
        return trainer.evaluate().test_score

    scores = {"network": taught()}
    upcycle(experts, network)
    begun = copies.evaluate()
    scores |= {
        "mixture_of_copies": begun.test_score,
        "mixture_of_copies_trained": trained(copies),
        "network_trained_on": taught(),
        "mixture_afresh": trained(afresh),
    }
    gates = float(begun.routing.gates.sum(-1).mean())
    print(
        f"{task.objective.score_name} on the test split after {order.num_steps:,} steps each, gates sum to {gates:.3f}"
    )
    for name, score in scores.items():
        print(f"{name.replace('_', ' '):28}{score:.3f}")
    if order.as_json:
        result = {"config": order.config.settings(), "steps": order.num_steps, "sum_of_gates": gates}
        print(json.dumps(result | {"test_scores": scores}, allow_nan=False))
