"""How far chunks are made ahead of their use."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tracer.sources.reader import ReadAhead

SECONDS = 5


class Made:
    """Counts what was made, and lets others wait for it."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._changed = threading.Condition()

    def items(self) -> Iterator[int]:
        """1, 2, ... up to `most`."""
        while self.count < self._most:
            with self._changed:
                self.count += 1
                self._changed.notify_all()
            yield self.count

    def reaches(self, count: int, seconds: float = SECONDS) -> bool:
        """Whether so many are made within a time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, seconds)


def test_gives_all_items_in_order() -> None:
    with closing(ReadAhead(Made(5).items())) as coming:
        assert list(coming) == [1, 2, 3, 4, 5]
        assert next(coming, None) is None


def test_makes_one_beside_the_one_in_use_and_two_once_that_is_used_up() -> None:
    made = Made(9)
    with closing(ReadAhead(made.items())) as coming:
        assert next(coming) == 1
        assert made.reaches(2)
        assert not made.reaches(3, 0.1)
        coming.used_up()
        assert made.reaches(3)
        assert not made.reaches(4, 0.1)
        assert next(coming) == 2
        assert not made.reaches(4, 0.1)
        assert next(coming) == 3
        assert made.reaches(4)


def test_tells_what_went_wrong_in_its_turn() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with closing(ReadAhead(items())) as coming:
        assert next(coming) == 1
        with pytest.raises(OSError, match="gone"):
            next(coming)
