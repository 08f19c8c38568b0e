"""What the parts are called that a task's data was made of: by letters, since experts are called by numbers."""

from string import ascii_uppercase


def part_names(count: int) -> list[str]:
    """A letter for each part, in their order; after the last letter of the alphabet, letters with a number."""
    alphabet = len(ascii_uppercase)
    return [
        ascii_uppercase[part % alphabet] + (f"{part // alphabet + 1}" * (part >= alphabet)) for part in range(count)
    ]
