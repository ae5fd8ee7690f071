"""What the configuration says of the store: [store], how long lines are kept."""

from tracer.reports.settings import unknown

MOST_DAYS = 36_500


def read_keep_days(table: object, problems: list[str]) -> int | None:
    """What [store] says, None where lines are kept for ever; what is wrong is added to problems."""
    if not isinstance(table, dict):
        problems.append("store is to be a table: [store], then lines of KEY = VALUE")
        return None
    problems += unknown("store", table, {"keep_days"})
    if "keep_days" not in table:
        return None
    days = table["keep_days"]
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        problems.append(
            f"store: keep_days is to be a whole number of days, from 1 to {MOST_DAYS}; leave it "
            "out to keep lines for ever"
        )
        return None
    return days
