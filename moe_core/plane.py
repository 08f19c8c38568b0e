"""A task on a line or a plane, drawn: who owns each place, how sure the router is there, and what is predicted."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from moe_core.features import basis_expansion
from moe_core.layer import MoELayer
from moe_core.model import evaluation_mode
from moe_core.routing import Routing
from moe_core.tasks.task import Bounds


@dataclass(frozen=True)
class Plane:
    """Three pictures of R x R cells, uint8; row 0 is the top (the largest second input).

    owner: the chosen expert with the largest probability; of all experts, where the router looks at the batch.
    strength: 255 times that probability, and at least 1; 0 where no expert is chosen.
    prediction: the class with the highest score.
    """

    owner: np.ndarray
    strength: np.ndarray
    prediction: np.ndarray


@dataclass(frozen=True)
class Line:
    """A function of one input at R places: owner and strength (R,), uint8, as in Plane; x and prediction (R,), float32;
    and each expert's own answer everywhere, experts (E, R), float32."""

    x: np.ndarray
    owner: np.ndarray
    strength: np.ndarray
    prediction: np.ndarray
    experts: np.ndarray


@cache
def cell_centres(bounds: Bounds, resolution: int, features: str = "coordinates") -> Tensor:
    """The middles of all cells as the models see them (R * R, D), row by row from the top left."""
    x_low, x_high, y_low, y_high = bounds
    middle = (torch.arange(resolution) + 0.5) / resolution
    x = x_low + middle * (x_high - x_low)
    y = y_high - middle * (y_high - y_low)
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return basis_expansion(torch.stack([columns, rows], dim=-1).reshape(-1, 2), features)


def draw_plane(
    model: MoELayer, bounds: Bounds, resolution: int, *, features: str = "coordinates", by_belief: bool = False
) -> Plane:
    """Ask the model, which sees these features, about every cell.

    by_belief: the owner is the most probable expert, chosen or not. For routers that look at a whole batch: the cells
    are a batch that never was, so who was chosen there says nothing of the tokens of a real one.
    """
    cells = cell_centres(bounds, resolution, features).to(model.router.offset.device)
    with evaluation_mode(model):
        outputs, routing = model(cells, limited=False)
    strength, owner = routing.probs.max(-1) if by_belief else strongest(routing)

    def picture(values: Tensor) -> np.ndarray:
        return values.to(torch.uint8).reshape(resolution, resolution).cpu().numpy()

    return Plane(picture(owner), picture(levels(strength)), picture(outputs.argmax(-1)))


def strongest(routing: Routing) -> tuple[Tensor, Tensor]:
    """Of the experts that each token chose, the largest probability (T,) and whose it is (T,).

    A token that has no expert belongs to nobody: strength 0, and the expert that came nearest to being chosen. No other
    has strength 0: the probability of a forced expert, which may be rounded to that, is then the least there is.
    """
    strength, owner = routing.probs.masked_fill(~routing.assigned, -1.0).max(-1)
    nobody = strength < 0
    strength = strength.clamp(min=torch.finfo(strength.dtype).tiny).masked_fill(nobody, 0.0)
    return strength, torch.where(nobody, routing.selection.argmax(-1), owner)


def levels(strength: Tensor) -> Tensor:
    """Strengths from 0 to 1 as levels from 0 to 255, of which 0 says nobody alone."""
    return torch.where(strength > 0, (255.0 * strength).clamp(min=1.0), 0.0)


def draw_line(model: MoELayer, bounds: Bounds, resolution: int) -> Line:
    """Ask the model, and every expert, about places evenly spaced over the bounds of the input."""
    x = torch.linspace(bounds[0], bounds[1], resolution, device=model.router.offset.device)
    with evaluation_mode(model):
        outputs, routing = model(x.unsqueeze(-1), limited=False)
        answers = model.expert_outputs(x.unsqueeze(-1))
    strength, owner = strongest(routing)
    return Line(
        x=x.cpu().numpy(),
        owner=owner.to(torch.uint8).cpu().numpy(),
        strength=levels(strength).to(torch.uint8).cpu().numpy(),
        prediction=outputs.squeeze(-1).cpu().numpy(),
        experts=answers.squeeze(-1).cpu().numpy(),
    )
