"""What a page's script asks a worker about one member of a run, each question on a connection of its own."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from server.message import Count, Message, Problem

LabelKind = Literal["class", "cluster"]
ExportFile = Literal["script.py", "notebook.ipynb", "weights.safetensors", "metrics.csv", "settings.toml"]


class Ask(Message):
    """Asks for all that is shown of one member at rest."""

    type: Literal["ask"] = "ask"
    member: Count = 0


class Answer(Message):
    """Metrics on the test split now and at step 0. A number that is not finite is given as null.

    Also: how many test examples of each label each expert is given, now and at step 0, where the task has such
    labels, and the names of its classes, where they have some; how much the score falls without each expert; how alike
    each two of them are; and the curves until now, a row for each look at the test split, with the load of every
    expert.

    suffers: how much the score falls on the inputs of each label when an expert is killed, by kind of label. Empty
    where there are none.

    Who is asked with whom, and for each of some kept steps the share of the present choices that were made then already
    and what chance would give, are empty where every input asks every expert.
    """

    type: Literal["answer"] = "answer"
    step: int
    metrics: dict[str, float | None]
    untrained: dict[str, float | None]
    class_names: tuple[str, ...] | None = None
    expert_class: list[list[float]] | None = None
    expert_cluster: list[list[float]] | None = None
    untrained_class: list[list[float]] | None = None
    untrained_cluster: list[list[float]] | None = None
    ablation: list[float | None] = Field(default_factory=list)
    suffers: dict[LabelKind, list[list[float | None]]] = Field(default_factory=dict)
    similarity: list[list[float | None]] = Field(default_factory=list)
    co_activation: list[list[float | None]] = Field(default_factory=list)
    saturation: list[tuple[int, float | None, float]] = Field(default_factory=list)
    columns: list[str] = Field(default_factory=list)
    rows: list[list[float | None]] = Field(default_factory=list)
    loads: list[list[float | None]] = Field(default_factory=list)


class Export(Message):
    """Asks for one member as a file."""

    type: Literal["export"] = "export"
    file: ExportFile
    member: Count = 0


class Exported(Message):
    """The file."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    type: Literal["exported"] = "exported"
    content: bytes


ANSWER: TypeAdapter[Answer | Exported | Problem] = TypeAdapter(
    Annotated[Answer | Exported | Problem, Field(discriminator="type")]
)
