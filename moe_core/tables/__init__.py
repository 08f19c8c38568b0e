"""A person's own data: a CSV file becomes a table that a run can train on. Without torch, for the web process too."""

from moe_core.tables.error import TableError
from moe_core.tables.header import read_header
from moe_core.tables.table import Table, describe, folder, load
from moe_core.tables.upload import check_csv, read_csv

__all__ = ["Table", "TableError", "check_csv", "describe", "folder", "load", "read_csv", "read_header"]
