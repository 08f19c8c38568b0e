"""What this project claims in numbers, measured: `make bench`."""
