"""Charts of what was measured: numbers in, figure out. One chart a file: its rows first, then the figure they make."""
