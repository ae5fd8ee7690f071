"""Lines by their positions, as SQL that reads only the parts of a table that hold them."""

from collections.abc import Iterable


def among(positions: Iterable[int]) -> str:
    """The condition that `position` is one of them: with numbers written out, scans are pruned."""
    numbers = ", ".join(str(int(position)) for position in positions)
    return f"position IN ({numbers})" if numbers else "false"
