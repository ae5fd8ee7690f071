"""`mailtracer parse`: log lines in, one JSON object a line out; no store is touched.

The output is a stable contract, described in docs/parse.md.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from parsers.registry import Registry
from tracer.cli import line_input
from tracer.sources.archives import STDIN, Content

_OUTER = ("event", "occurred_at", "host", "program", "pid", "queue_id")
_NO_FIELDS = {"position", "source_id", "generation", "byte_offset", "instance", *_OUTER}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=[STDIN],
        metavar="PATH",
        help="logs or archives; - (the default) is standard input",
    )
    line_input.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the event of every line, in order."""
    for path in args.paths:
        lines = _Lines(args.shapes, args.program, args.zone)
        for data in _read(path, lines):
            for row in lines.parse(data):
                print(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
            sys.stdout.flush()
    return 0


def _read(path: str, lines: "_Lines") -> Iterator[bytes]:
    if path == STDIN:
        yield from line_input.from_stdin()
        return
    with Content(path) as content:
        lines.reference = content.modified_at or lines.reference
        yield from line_input.whole_lines(partial(content.read, line_input.READ_BYTES))


class _Lines:
    """The lines of one log, parsed batch by batch."""

    def __init__(self, shapes: Registry | None, program: str | None, zone: str) -> None:
        from parsers.batch import LineParser

        self._parser = LineParser(shapes, program=program, zone=zone)
        self.reference: datetime = datetime.now(UTC)

    def parse(self, data: bytes) -> Iterator[dict[str, object]]:
        """One object a line of `data`."""
        from tracer.store.lines import split

        lines = split(data)
        events = self._parser.parse(lines.texts, self.reference)
        for text, escaped, event in zip(lines.texts, lines.escaped, events, strict=True):
            yield _as_object(text.as_py(), bool(escaped), event)


def _as_object(line: str, escaped: bool, event: dict[str, object]) -> dict[str, object]:
    fields = {k: v for k, v in event.items() if v is not None and k not in _NO_FIELDS}
    if "extra" in fields:
        fields["extra"] = json.loads(str(fields["extra"]))
    at = event["occurred_at"]
    return {
        "line": line,
        **({"escaped": True} if escaped else {}),
        **{name: event[name] for name in _OUTER},
        "occurred_at": f"{at.isoformat()}Z" if isinstance(at, datetime) else None,
        "fields": fields,
    }
