"""How one setting is declared: a pydantic field that also says its label, its unit and when it acts."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A small frozen group of settings. Field names are unique over all sections, so that a flat form exists."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def setting(
    default: Any,
    *,
    label: str,
    help: str,
    live: bool = False,
    unit: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    pattern: str | None = None,
    allowed: str = "",
    slider: tuple[float, float] | None = None,
    logarithmic: bool = False,
) -> Any:
    """Declare a setting.

    default, ge, gt, le   as pydantic's Field: the value to start from and the range that is allowed.
    pattern, allowed      of a text: the regular expression it matches, and what that means, as the end of a sentence.
    label, help, unit     what a person reads beside the control.
    live                  True: acts on a running model between two steps. False: a change restarts the run.
    slider                the range a slider offers, when the allowed range is wider than what is useful to drag.
    logarithmic           True: the slider moves by factors, not by sums.
    """
    extra: dict[str, Any] = {
        "label": label,
        "live": live,
        "unit": unit,
        "allowed": allowed,
        "slider": list(slider) if slider else None,
        "logarithmic": logarithmic,
    }
    return Field(default=default, description=help, ge=ge, gt=gt, le=le, pattern=pattern, json_schema_extra=extra)
