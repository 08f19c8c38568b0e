"""Writes more than a stored table can hold."""

import sys

from moe_core.tables.limits import STORED_BYTES

for _ in range(STORED_BYTES // 2**20 + 1):
    sys.stdout.buffer.write(bytes(2**20))
