"""Import statements as one block: Python's own modules first, then the others, each in order of the alphabet."""

import sys
from collections.abc import Iterable
from itertools import groupby

from moe_core.export.modules import Import


def import_block(imports: Iterable[Import]) -> str:
    """The source of all imports, those from one module in one line."""
    ordered = sorted(imports, key=lambda found: (bool(found.name), found.module, _place(found.name)))
    ours, others = list[str](), list[str]()
    for (module, has_names), group in groupby(ordered, key=lambda found: (found.module, bool(found.name))):
        found = list(group)
        first, *rest = [str(one) for one in found]
        prefix = f"from {module} import "
        lines = [", ".join([first, *(one.removeprefix(prefix) for one in rest)])] if has_names else [first, *rest]
        (ours if module.split(".")[0] in sys.stdlib_module_names else others).extend(lines)
    return "\n\n".join("\n".join(block) for block in (ours, others) if block)


def _place(name: str) -> tuple[int, str]:
    """CONSTANTS before Classes before functions."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)
