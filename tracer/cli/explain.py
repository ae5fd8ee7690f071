"""`mailtracer explain`: how lines are read, field by field, or where they stop being understood.

The output is described in docs/explain.md; that of `--json` is a contract.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tracer.cli import explain_text as words
from tracer.cli import line_input

if TYPE_CHECKING:
    from parsers.explain import Explanation


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "lines",
        nargs="*",
        metavar="LINE",
        help="a line as the log has it, in quotes (default: the lines of standard input)",
    )
    line_input.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Explain every line; 1 if one is not understood."""
    from parsers.explain import Explainer
    from tracer.store.lines import split

    explainer = Explainer(args.shapes, program=args.program, zone=args.zone)
    show = _shower(as_json=args.json)
    is_all_understood = True
    for data in _given(args.lines) if args.lines else line_input.from_stdin():
        lines = split(data)
        explanations = explainer.explain(lines.texts, datetime.now(UTC))
        for explanation, escaped in zip(explanations, lines.escaped, strict=True):
            show(explanation, bool(escaped))
            is_all_understood &= explanation.fit is not None
        sys.stdout.flush()
    return 0 if is_all_understood else 1


def _given(arguments: list[str]) -> Iterator[bytes]:
    """The lines of the command line as the bytes that they are there."""
    yield b"".join(os.fsencode(argument.removesuffix("\n")) + b"\n" for argument in arguments)


def _shower(*, as_json: bool) -> words.Show:
    """What shows an explanation on standard output."""
    if as_json:
        return _show_json
    if sys.stdout.isatty():
        from tracer.cli.explain_screen import Screen

        return Screen().show
    return words.Plain().show


def _show_json(explanation: "Explanation", escaped: bool) -> None:
    made = asdict(explanation)
    header = made["header"]
    if header is not None and header["occurred_at"] is not None:
        header["occurred_at"] = f"{header['occurred_at'].isoformat()}Z"
    made["fields"] = {
        name: {
            "value": value,
            "type": words.type_of(name),
            "is_constant": name in explanation.constants,
        }
        for name, value in explanation.fields.items()
    }
    del made["constants"]
    line = {"line": made.pop("line"), **({"escaped": True} if escaped else {})}
    print(json.dumps(line | made, ensure_ascii=False, separators=(",", ":")))
