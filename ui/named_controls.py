"""Controls that a link names: those to leave out, so that a class sees the others; or those to show to a room."""

from dataclasses import dataclass

from moe_core.config import TABLE
from moe_core.config.problem import Problem, nearest


@dataclass(frozen=True)
class NamedControls:
    """names: of settings that exist. problem: a sentence on those that do not."""

    names: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def text(self) -> str:
        """The names as a query holds them. Read again, it has no problem."""
        return ",".join(self.names)

    @classmethod
    def of_text(cls, field: str, text: str) -> "NamedControls":
        """Read names with commas between them, as a field of the query holds them."""
        asked = list(filter(None, (name.strip() for name in text.split(","))))
        unknown = [name for name in asked if name not in TABLE]
        names = tuple(name for name in TABLE if name in asked)
        if not unknown:
            return cls(names)
        allowed = f"no setting has this name{nearest(unknown[:3], TABLE, most=1)}"
        return cls(names, str(Problem(field, ", ".join(unknown), allowed)))
