"""What can be worked out of a chunk's bytes before it is its turn to be stored."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from parsers.batch import BatchParser, Parsed
from tracer.sources.chunks import Ending
from tracer.store.lines import Lines, split


@dataclass(frozen=True, slots=True)
class Prepared:
    """The lines of a chunk, and what they say.

    parsed: of the lines that are finished: all but one at the end that is not complete yet. Half a
        line is kept, but says nothing: it may say the opposite when it is whole.
    finished_bytes: where these end, in bytes from the chunk's start.
    """

    lines: Lines
    parsed: Parsed
    finished_bytes: int
    ends_in_line_feed: bool

    def placed(
        self, events: pa.Table, key: tuple[int, int], position: int, offset: int
    ) -> tuple[pa.Table, pa.Table]:
        """Lines and events as the store's tables have them, with their place.

        events: of the finished lines, dated. key: source_id and generation. position: of the
        first line. offset: of its first byte.
        """
        count = len(self.lines.starts)
        terminated = np.ones(count, dtype=np.bool_)
        terminated[-1] = self.ends_in_line_feed
        lines = _place(np.arange(count), self.lines, key, position, offset)
        lines |= {"text": self.lines.texts, "escaped": self.lines.escaped, "terminated": terminated}
        places = _place(events["line"].to_numpy(), self.lines, key, position, offset)
        events = events.drop_columns(["line"])
        return pa.table(lines), pa.table(
            [*places.values(), *events.columns], [*places, *events.column_names]
        )


def _place(
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    lines: Lines,
    key: tuple[int, int],
    position: int,
    offset: int,
) -> dict[str, object]:
    source_id, generation = (np.full(len(numbers), part, dtype=np.int32) for part in key)
    return {
        "position": numbers + position,
        "source_id": source_id,
        "generation": generation,
        "byte_offset": lines.starts[numbers] + offset,
    }


def prepare(parser: BatchParser, data: bytes, ending: Ending) -> Prepared:
    """Split and parse a chunk's data."""
    if not data.endswith(b"\n") and ending is Ending.LINE:
        raise ValueError("a chunk that should end with a line feed does not")
    lines = split(data)
    partial = not lines.is_whole and ending is Ending.PARTIAL
    finished = len(lines.starts) - partial
    return Prepared(
        lines,
        parser.parse(lines.texts.slice(0, finished)),
        int(lines.starts[-1]) if partial else len(data),
        data.endswith(b"\n"),
    )
