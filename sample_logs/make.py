"""Remakes everything under sample_logs with the mail lab; README.md says what comes out.

    python -m sample_logs.make --lab PATH [--root DIR] [--work DIR [--reuse]]

The lab needs root on Debian 12 and its daemons installed; two recordings take about ten minutes
each. `--work` keeps the raw recordings, and `--reuse` makes the files from those again.
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import re
import socket
import tempfile

from sample_logs import truth
from sample_logs.clock import Clock
from sample_logs.cuts import CUTS, Cut
from sample_logs.plan import MONDAY, VARIANTS, Step, Variant, steps
from sample_logs.record import record
from sample_logs.stories import line_of

HERE = pathlib.Path(__file__).parent
MIDNIGHT = datetime.datetime.combine(MONDAY, datetime.time(), datetime.UTC).timestamp()
RFC3164_STAMP = len("Mar  2 00:00:00")
MOST_LINES = 70  # of a small log: people shall read it

Stamped = tuple[float, str]  # moved time, line


def moved_log(work: pathlib.Path, clock: Clock, stamps: str) -> list[Stamped]:
    """A recording's lines with the clock moved, as `stamps` writes them, in the log's order."""
    found = []
    for plain, exact in zip(_lines(work / "mail.log"), _lines(work / "mail-iso.log"), strict=True):
        stamp, _, rest = exact.partition(" ")
        assert plain[RFC3164_STAMP + 1 :] == rest, "the two logs differ in more than stamps"
        time = _seconds(stamp)
        moved = datetime.datetime.fromtimestamp(clock.moved(time), datetime.UTC)
        if stamps == "iso":
            written = moved.isoformat(timespec="microseconds")
        else:
            written = f"{moved:%b} {moved.day:>2} {moved:%H:%M:%S}"
        found.append((moved.timestamp(), f"{written} {clock.line(rest, time)}"))
    return found


def clock_of(work: pathlib.Path) -> Clock:
    """The clock of a recording."""
    stretches = [
        (began, datetime.datetime.fromisoformat(at).timestamp())
        for step in json.loads((work / "steps.json").read_text())
        for began, at in zip(step["began"], step["at"], strict=False)
    ]
    stamps = [line.partition(" ")[0] for line in _lines(work / "mail-iso.log")]
    return Clock(stretches, _seconds(stamps[0]), _seconds(stamps[-1]))


def write_day(variant: Variant, log: list[Stamped], records: list[truth.Record]) -> None:
    """The day's log, the evening before as its rotated predecessor, and the truth."""
    folder = HERE / variant.folder
    folder.mkdir(exist_ok=True)
    evening = "".join(f"{line}\n" for time, line in log if time < MIDNIGHT)
    today = "".join(f"{line}\n" for time, line in log if time >= MIDNIGHT)
    # no time and no name in the gzip header: the same lines give the same bytes
    (folder / "mail.log.1.gz").write_bytes(gzip.compress(evening.encode(), mtime=0))
    (folder / "mail.log").write_text(today, encoding="utf-8")
    truth.write(records, folder / "truth.json")


def write_cut(cut: Cut, plan: list[Step], log: list[Stamped], records: list[truth.Record]) -> None:
    """One small log."""
    began, ended = _span(cut, plan)
    lines = [line_of(time, line) for time, line in log if began <= time < ended]
    messages = [
        r
        for r in records
        if r["kind"] == "message"
        and r["scenario"] == cut.scenario
        and began <= _seconds(r["time"]) < ended
    ]
    chosen = sorted(cut.choose(lines, messages))
    if not 0 < len(chosen) <= MOST_LINES:
        raise SystemExit(f"{cut.path}: {len(chosen)} lines; choose other messages in cuts.py")
    path = HERE / f"{cut.path}.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{lines[i].text}\n" for i in chosen), encoding="utf-8")
    print(f"{len(chosen):>4} lines {cut.path}")


def _span(cut: Cut, plan: list[Step]) -> tuple[float, float]:
    """From the last step that runs the cut's scenario (`up` if none) to the step after it."""
    index = max(
        i
        for i, step in enumerate(plan)
        if (cut.scenario in step.argument.split(",") if cut.scenario else step.action == "up")
    )
    return plan[index].at[0].timestamp() - 1, plan[index + 1].at[0].timestamp() - 1


def _lines(path: pathlib.Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def _seconds(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp).timestamp()


def refuse_own_name(log: list[Stamped]) -> None:
    """Stop if the name of the machine that runs the lab got into a log."""
    name = re.compile(rf"(?<![\w.]){re.escape(socket.gethostname())}(?![\w])")
    told = [line for _, line in log if name.search(line)]
    if told:
        raise SystemExit(f"this machine's name is in the log: {told[0]}")


def main() -> None:
    """Record, or reuse recordings, and write everything."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument(
        "--lab",
        type=pathlib.Path,
        default=os.environ.get("MAILTRACER_LAB"),
        help="the lab's folder (or MAILTRACER_LAB)",
    )
    parser.add_argument("--root", type=pathlib.Path, default="/var/lib/maillab")
    parser.add_argument("--work", type=pathlib.Path, help="keep the raw recordings here")
    parser.add_argument("--reuse", action="store_true", help="do not record again")
    arguments = parser.parse_args()
    if arguments.reuse and not arguments.work:
        parser.error("--reuse needs --work")
    if not arguments.reuse and not arguments.lab:
        parser.error("where is the lab? Give --lab or set MAILTRACER_LAB")
    with tempfile.TemporaryDirectory() as temporary:
        for variant in VARIANTS:
            work = (arguments.work or pathlib.Path(temporary)) / variant.folder
            if not arguments.reuse:
                record(arguments.lab.absolute(), arguments.root, variant, work)
            clock = clock_of(work)
            log = moved_log(work, clock, variant.stamps)
            refuse_own_name(log)
            records = truth.trimmed(truth.load(work / "truth-final.jsonl"), clock)
            write_day(variant, log, records)
            for cut in CUTS:
                if cut.folder == variant.folder:
                    write_cut(cut, steps(variant), log, records)


if __name__ == "__main__":
    main()
