"""What every message is, whoever says it to whom: its base, and the fields that many have."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A run's id: a lower-case random UUID (version 4), made by the browser. Who knows it controls the run."""

RunId = Annotated[str, Field(pattern=f"^{RUN_ID.pattern}$")]
PresetName = Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Settings = Annotated[dict[str, Any], Field(max_length=64)]
MOST_MEMBERS = 4
"""Of a lockstep group: as many as can be shown side by side."""
Others = Annotated[list[Settings], Field(max_length=MOST_MEMBERS - 1)]
"""The further members of a lockstep group: for each, the settings in which it differs from the first."""
Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A whole number that JavaScript holds exactly."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class Message(BaseModel):
    """One message. Types are taken strictly and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def encode(self) -> bytes:
        """The message as JSON."""
        return self.model_dump_json().encode()


class Problem(Message):
    """A refused command or setting. The run goes on as it was."""

    type: Literal["problem"] = "problem"
    message: str
