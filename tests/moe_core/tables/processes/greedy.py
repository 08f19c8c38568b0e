"""Asks for 256 MiB, one at a time, whatever it is given."""

held = [bytearray(2**20) for _ in range(256)]
