"""Configurations, without torch: what a run is, how a person's values are checked, and what a run would cost."""

from moe_core.config.cost import cost
from moe_core.config.problem import ConfigError, Problem
from moe_core.config.run import RunConfig
from moe_core.config.table import LIVE_FIELDS, SECTIONS, TABLE

__all__ = ["LIVE_FIELDS", "SECTIONS", "TABLE", "ConfigError", "Problem", "RunConfig", "cost"]
