"""Positions in statements: as literal numbers, so that scans are pruned, unlike with parameters."""


def placed(sql: str, first_position: int, last_position: int) -> str:
    """The statement with these numbers for `$first` and `$last`."""
    return sql.replace("$first", str(int(first_position))).replace("$last", str(int(last_position)))
