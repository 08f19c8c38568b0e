"""From the bytes of a file to its text. Only UTF-8 is read; anything else would be a guess."""

import codecs

from moe_core.tables import limits
from moe_core.tables.error import TableError, counted

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
MARK = "\ufeff"

HEAD_BYTES = 100
WIDE_ZEROS = (0.25, 0.8)
"""The share of zero bytes in plain text of two or four bytes a character: one half and three quarters."""


def decode(data: bytes) -> str:
    """The text of a file, without the mark that may stand at the start of UTF-8.

    Raises TableError for a file that is empty, too large, not UTF-8, or that has a zero byte.
    """
    if not data:
        raise TableError("The file is empty.")
    if len(data) > limits.BYTES:
        raise TableError(f"The file has {counted(len(data), 'byte')}; at most {limits.BYTES:,} (5 MB) are allowed.")
    if _is_wide(data):
        raise TableError("The file is written in UTF-16 or UTF-32; save it as UTF-8.")
    zero = data.find(0)
    if zero >= 0:
        raise TableError(f"The file is not text: byte {zero + 1:,} is zero; save the table as CSV in UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1:,} is 0x{data[error.start]:02X}"
        raise TableError(f"The file is not UTF-8: {found}, which has no meaning there; save it as UTF-8.") from error
    text = text.removeprefix(MARK)
    if not text.strip():
        raise TableError("The file is empty.")
    return text


def _is_wide(data: bytes) -> bool:
    """Whether the text takes two or four bytes a character: by its mark, or by the zeros that fill up plain letters."""
    head = data[:HEAD_BYTES]
    low, high = WIDE_ZEROS
    return data.startswith(WIDE_MARKS) or low <= head.count(0) / len(head) <= high
