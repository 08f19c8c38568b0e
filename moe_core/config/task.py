"""Which problem the model learns. Sizes are here, torch-free, so that a model's cost is known before it exists."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core import tables
from moe_core.config import drawing
from moe_core.config.features import Features, names_of
from moe_core.config.section import Section, setting


@dataclass(frozen=True)
class Shape:
    """num_inputs (D); num_outputs: the number of classes (C), or of values to be predicted in a regression."""

    num_inputs: int
    num_outputs: int
    regression: bool = False


PLANE_OF_TWO_CLASSES = Shape(num_inputs=2, num_outputs=2)


NO_TABLE = "it needs a table, so load a CSV file first"


def noise(default: float) -> float:
    """The setting that blurs a task's data."""
    deviation: float = setting(
        default,
        label="Noise",
        help="Standard deviation of the Gaussian noise in the data: on every input, or on the target of the piecewise "
        "function.",
        ge=0.0,
        le=1.0,
    )
    return deviation


def size(default: int) -> int:
    """The setting that says how much there is to learn from."""
    examples: int = setting(
        default,
        label="Training examples",
        help="How many examples there are to learn from. Batches are drawn from them.",
        unit="examples",
        ge=20,
        le=10_000,
        slider=(50, 5000),
    )
    return examples


class TaskSection(Section):
    """What every task's settings have. title is what a person reads, most_train how many examples there are at most."""

    title: ClassVar[str]
    sizes: ClassVar[Shape] = PLANE_OF_TWO_CLASSES
    most_train: ClassVar[int] = 10_000
    noise: float = noise(0.0)

    @property
    def most_test(self) -> int:
        """At most so many examples are held out and judged at once."""
        return 1000

    @property
    def shape(self) -> Shape:
        """How many inputs and outputs the model has."""
        return self.sizes

    @property
    def missing(self) -> str:
        """What must be there before the task can be built, as the end of a sentence; empty when nothing is missing."""
        return ""


class PlaneSection(TaskSection):
    """What the tasks have whose examples are points on a plane."""

    features: Features = setting(
        "coordinates",
        label="Input features",
        help="What the router, the experts and both plain networks see of a point. coordinates: x₁ and x₂. squares: "
        "x₁², x₂² and x₁x₂ as well, so that what is a straight line to them can be a circle on the plane. waves: "
        "sin πx₁ and sin πx₂ as well, which repeat themselves. all: all seven.",
    )

    @property
    def shape(self) -> Shape:
        """As many inputs as there are features."""
        return replace(self.sizes, num_inputs=len(names_of(self.features)))


class MoonsConfig(PlaneSection):
    """Two interleaved half circles, one a class: a single problem, easy for one small network."""

    title: ClassVar[str] = "Two moons"
    task: Literal["moons"] = "moons"
    noise: float = noise(0.1)
    num_train: int = size(2000)


class CirclesConfig(PlaneSection):
    """One circle inside another, one a class: no straight line parts them."""

    title: ClassVar[str] = "Two circles"
    task: Literal["circles"] = "circles"
    noise: float = noise(0.05)
    num_train: int = size(2000)


class SpiralsConfig(PlaneSection):
    """Two spirals wound into each other, one a class: hard for a small network."""

    title: ClassVar[str] = "Two spirals"
    task: Literal["spirals"] = "spirals"
    noise: float = noise(0.03)
    num_train: int = size(2000)


class CheckerboardConfig(PlaneSection):
    """Four by four squares in two colours: the same simple rule, in sixteen places."""

    title: ClassVar[str] = "Checkerboard"
    task: Literal["checkerboard"] = "checkerboard"
    num_train: int = size(2000)


class PinwheelConfig(PlaneSection):
    """Five bent arms around a centre, one a class."""

    title: ClassVar[str] = "Pinwheel"
    sizes: ClassVar[Shape] = Shape(num_inputs=2, num_outputs=5)
    task: Literal["pinwheel"] = "pinwheel"
    noise: float = noise(0.05)
    num_train: int = size(2000)


class RulesConfig(PlaneSection):
    """Eight discs, each cut by a line of its own direction: data that is really eight problems."""

    title: ClassVar[str] = "Mixture of rules"
    task: Literal["rules"] = "rules"
    num_train: int = size(2000)


class PiecewiseConfig(TaskSection):
    """A function of one input made of five straight pieces: a regression that is really five problems."""

    title: ClassVar[str] = "Piecewise function"
    sizes: ClassVar[Shape] = Shape(num_inputs=1, num_outputs=1, regression=True)
    task: Literal["piecewise"] = "piecewise"
    noise: float = noise(0.05)
    num_train: int = size(1000)


class DigitsConfig(TaskSection):
    """Handwritten digits, 8 x 8 pixels (UCI, by way of scikit-learn): real data."""

    title: ClassVar[str] = "Handwritten digits"
    sizes: ClassVar[Shape] = Shape(num_inputs=64, num_outputs=10)
    most_train: ClassVar[int] = 1297
    task: Literal["digits"] = "digits"
    num_train: int = size(1297)
    centred: bool = setting(
        False,
        label="Centre the inputs",
        help="On: the mean image of the examples to learn from is subtracted from every image.",
    )


class BreastCancerConfig(TaskSection):
    """Thirty measurements of a tumour's cells, benign or malignant (UCI, by way of scikit-learn): a real table."""

    title: ClassVar[str] = "Breast cancer table"
    sizes: ClassVar[Shape] = Shape(num_inputs=30, num_outputs=2)
    most_train: ClassVar[int] = 379
    task: Literal["breast_cancer"] = "breast_cancer"
    num_train: int = size(379)


class PointsConfig(PlaneSection):
    """Points that a person drew on the plane, each with a class."""

    title: ClassVar[str] = "Drawn points"
    task: Literal["points"] = "points"
    noise: float = noise(0.05)
    num_train: int = size(2000)
    points: str = setting(
        drawing.EXAMPLE,
        label="Points",
        help="The drawn points, five letters each: two for x, two for y, one for the class.",
        pattern=drawing.PATTERN,
        allowed=f"it is 2 to {drawing.MOST_POINTS} points of five letters each, in at least two classes",
    )

    @property
    def shape(self) -> Shape:
        """A plane, and as many classes as were drawn."""
        return replace(super().shape, num_outputs=drawing.num_classes(self.points))

    @property
    def missing(self) -> str:
        """A drawing needs two classes."""
        return "" if drawing.num_classes(self.points) > 1 else "it needs points of at least two classes"


class CsvConfig(TaskSection):
    """A table that a person loaded, with a column to be predicted."""

    title: ClassVar[str] = "Own table"
    task: Literal["csv"] = "csv"
    table: str = setting(
        "",
        label="Table",
        help="The digest of a CSV file that was loaded, and of the column chosen as its target.",
        pattern="^([0-9a-f]{16})?$",
        allowed="it is the digest of a loaded table: 16 hexadecimal digits",
    )

    @property
    def shape(self) -> Shape:
        """As the table has it. Raises ValueError when the table is not there."""
        table = tables.describe(self.table, tables.folder())
        return Shape(table.num_inputs, table.num_outputs, regression=table.classes is None)

    @property
    def most_test(self) -> int:
        """A quarter of the rows, or one for each class."""
        table = tables.describe(self.table, tables.folder())
        return max(table.num_rows // 4 + 1, table.num_outputs)

    @property
    def missing(self) -> str:
        """The table must have been loaded on this machine."""
        if not self.table:
            return NO_TABLE
        try:
            tables.describe(self.table, tables.folder())
        except tables.TableError as error:
            return f"{str(error)[:1].lower()}{str(error)[1:].rstrip('.')}"
        return ""


TaskConfig = Annotated[
    MoonsConfig
    | CirclesConfig
    | SpiralsConfig
    | CheckerboardConfig
    | PinwheelConfig
    | RulesConfig
    | PiecewiseConfig
    | DigitsConfig
    | BreastCancerConfig
    | PointsConfig
    | CsvConfig,
    Field(discriminator="task"),
]
