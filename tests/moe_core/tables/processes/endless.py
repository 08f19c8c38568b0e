"""Never ends, and computes all the while."""

while True:
    pass
