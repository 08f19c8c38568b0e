"""A run leaves the app: as a script, as a notebook, its curves as a table, its settings and its log as TOML."""

from moe_core.checkpoint import settings_toml
from moe_core.export.curves import metrics_csv
from moe_core.export.notebook import notebook_of
from moe_core.export.script import script_of

__all__ = ["metrics_csv", "notebook_of", "script_of", "settings_toml"]
