"""Asks for more memory than it is given, a MiB at a time."""

held = []
while True:
    held.append(bytearray(2**20))
