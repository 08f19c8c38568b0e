"""How a run goes, as source code: the training loop, interventions on experts, and what came of it."""

import textwrap

from moe_core.config import RunConfig
from moe_core.export.construction import (
    expert_parameters,
    experts_class,
    layer_classes,
    new_experts,
    new_layer,
    new_router,
    router_class,
)
from moe_core.export.part import GENERATOR, NUMPY, TORCH, Part, imported
from moe_core.interventions import Operation, intervene
from moe_core.metrics import effective_experts
from moe_core.mixture_losses import MIXTURE_LOSSES
from moe_core.model import evaluation_mode

LOOP = '''\
batches = Generator().manual_seed(batches_seed)


def train(num_steps: int, batch_size: int) -> None:
    """Learn from so many batches, drawn with replacement."""
    for _ in range(num_steps):
        chosen = torch.randint(len(task.train_targets), (batch_size,), generator=batches)
        inputs, targets = task.train_inputs[chosen], task.train_targets[chosen]

        outputs, routing = mixture(inputs)
        task_loss = {task_loss}
        balance_loss = balancer.loss(routing)
        plain_loss = task.objective.loss(plain(inputs), targets)
        wide_loss = task.objective.loss(wide(inputs), targets)

        optimizer.zero_grad()
        (task_loss + balance_loss + plain_loss + wide_loss).backward()
'''

TASK_LOSS = "task.objective.loss(outputs, targets)"

MOVE = "optimizer.step()\n"

MOVE_ALL_BUT_FROZEN = """\
# Momentum would move a frozen expert even without a gradient, so it is put back.
frozen = mixture.experts.frozen
still = [(parameter, parameter.detach()[frozen].clone()) for parameter in mixture.experts.parameters()]
optimizer.step()
for parameter, rows in still:
    parameter.data[frozen] = rows
"""

WAKE = "mixture.router.wake()\n"

AFTER_STEP = "balancer.after_step(routing, mixture.router)\n"


def training_loop(config: RunConfig, *, some_frozen: bool, some_new: bool) -> Part:
    """One pass through the recipe for each batch; what only interventions need is there where there are some."""
    task_loss, losses = TASK_LOSS, MIXTURE_LOSSES.get(config.training.mixture_loss)
    if losses:
        task_loss = f"{losses.__name__}(routing, mixture.expert_outputs(inputs), targets, task.objective).mean()"
    move = (MOVE_ALL_BUT_FROZEN if some_frozen else MOVE) + (WAKE if some_new else "") + AFTER_STEP
    return Part(
        "Training loop",
        "The models share no parameter, so one backward pass gives each its own gradient.",
        imported(TORCH, GENERATOR, *([losses] if losses else [])),
        LOOP.format(task_loss=task_loss) + textwrap.indent(move, " " * 8),
    )


def interventions(config: RunConfig) -> Part:
    """The function that does one."""
    router, experts = (make(config, "num_experts", "generator") for make in (new_router, new_experts))
    return Part(
        "Interventions",
        "What is done to an expert from outside, between two steps. What is drawn comes from a stream of its own.",
        imported(
            NUMPY,
            GENERATOR,
            router_class(config),
            experts_class(config),
            *layer_classes(config),
            Operation,
            intervene,
            evaluation_mode,
        ),
        f'''\
def fresh(generator: Generator) -> MoELayer:
    """A mixture of as many experts as there are now, with new first weights."""
    num_experts = len(mixture.experts.frozen)
{textwrap.indent(router, "    ")}
{textwrap.indent(experts, "    ")}
{textwrap.indent(new_layer(config, "return "), "    ")}


def intervention(name: str, expert: int | None, stream: tuple[int, int, int]) -> None:
    """Do one thing to an expert, counted from 1 as on the screen; or to None where it takes none."""
    with evaluation_mode(mixture):
        _, routing = mixture(task.test_inputs)
    seed = int(np.random.SeedSequence(stream).generate_state(1, np.uint64)[0])
    generator = Generator().manual_seed(seed)
    number = None if expert is None else expert - 1
    intervene(Operation(mixture, optimizer, routing.load, generator, fresh), name, number)
    # An expert more has made the parameters new objects.
    optimizer.param_groups[0]["params"] = list(mixture.router.parameters())
    optimizer.param_groups[1]["params"] = {expert_parameters(config, "mixture.experts")}
''',
    )


def result(num_steps: int) -> Part:
    """The numbers of the test split: for a person to read, then in full as a line of JSON."""
    return Part(
        "Result",
        "Of the test examples, which were in no batch. The last line has all digits.",
        imported("import json", effective_experts, evaluation_mode),
        f"""\
with evaluation_mode(mixture, plain, wide):
    outputs, routing = mixture(task.test_inputs)
    answers = {{"mixture": outputs, "plain": plain(task.test_inputs), "wide": wide(task.test_inputs)}}
    losses = {{name: task.objective.loss(answer, task.test_targets).item() for name, answer in answers.items()}}
    scores = {{name: task.objective.score(answer, task.test_targets).item() for name, answer in answers.items()}}
    effective, load = effective_experts(routing.load), routing.load.tolist()

print(f"{{'':10}}{{'loss':>10}}{{task.objective.score_name:>20}}")
for name in answers:
    print(f"{{name:10}}{{losses[name]:10.4f}}{{scores[name]:20.4f}}")
print(f"effective experts: {{effective:.2f}} of {{len(load)}}")
for number, share in enumerate(load, start=1):
    print(f"expert {{number}} has {{share:.1%}} of the load")
numbers = {{"step": {num_steps}, "loss": losses, "score": scores, "effective_experts": effective, "load": load}}
print(json.dumps(numbers))
""",
    )
