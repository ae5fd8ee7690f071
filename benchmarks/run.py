"""Measure `mailtracer ingest` against pflogsumm on the same log, and check what it stored.

    python -m benchmarks.run [--lines N] [--rounds N]

The two run in turn, each as a whole process with a cold interpreter, so that both see the same
machine. Memory and CPU time are the kernel's own count for the process (wait4).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.generate import truth_path

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes
MAILTRACER = Path(sys.executable).with_name("mailtracer")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of one program."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(command: Sequence[str | Path]) -> Measurement:
    """Run a command to its end, output thrown away. A failure ends the benchmark.

    The kernel's peak is never less than what this process has when it starts the other: keep it
    small.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} failed ({process.returncode}): {complaint.decode()}")
    return Measurement(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT)


def ingest(log: Path, store: Path) -> Measurement:
    """Load a log into a store that does not exist yet, in a folder of its own."""
    if store.parent.exists():
        shutil.rmtree(store.parent)
    store.parent.mkdir()
    return measure([MAILTRACER, "ingest", "--db", store, log])


def differences(store: Path, truth: dict[str, dict[str, int]]) -> list[str]:
    """Where the store and the truth about the log disagree."""
    sql = "SELECT event, count(*) AS lines FROM events GROUP BY event"
    command: list[str | Path] = [MAILTRACER, "sql", "--db", store, "--format", "jsonl", sql]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    stored = {row["event"]: row["lines"] for row in map(json.loads, answer.splitlines())}
    expected = {**truth["events"], "log.line_unparsed": 0}
    found = [
        f"{event}: {count} lines, stored {stored.get(event, 0)}"
        for event, count in expected.items()
        if stored.get(event, 0) != count
    ]
    total = sum(stored.values())
    if total != truth["lines"]:
        found.append(f"{truth['lines']} lines, stored {total}")
    return found


def rows(lines: int, runs: dict[str, list[Measurement]]) -> list[dict[str, object]]:
    """One row a program: the median of its runs, and how far they spread."""
    result: list[dict[str, object]] = []
    for name, measured in runs.items():
        seconds = [m.seconds for m in measured]
        result.append(
            {
                "program": name,
                "lines_per_second": round(lines / median(seconds)),
                "slowest": round(lines / max(seconds)),
                "fastest": round(lines / min(seconds)),
                "seconds": round(median(seconds), 2),
                "cpu_seconds": round(median(m.cpu_seconds for m in measured), 2),
                "peak_mb": round(max(m.peak_bytes for m in measured) / 1e6),
            }
        )
    return result


def table(result: list[dict[str, object]]) -> str:
    """The rows for a person."""
    titles = list(result[0])
    cells = [titles, *([str(row[title]) for title in titles] for row in result)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def prepare(folder: Path, lines: int, seed: int) -> Path:
    """The log, made once for these arguments."""
    log = folder / f"mail-{lines}-{seed}.log"
    if not truth_path(log).exists():
        print(f"Writing {log} ...", file=sys.stderr)
        command: list[str | Path] = [sys.executable, "-m", "benchmarks.generate", log]
        command += ["--lines", str(lines), "--seed", str(seed)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return log


def main(argv: list[str] | None = None) -> int:
    """The command line; 1 if what was stored is not the truth."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    args = parser.parse_args(argv)
    args.folder.mkdir(parents=True, exist_ok=True)
    log = prepare(args.folder, args.lines, args.seed)
    truth = json.loads(truth_path(log).read_text(encoding="utf-8"))
    pflogsumm = shutil.which("pflogsumm", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not pflogsumm:
        print("pflogsumm is not installed: measured alone.", file=sys.stderr)

    runs: dict[str, list[Measurement]] = {"mailtracer": []}
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        store = Path(folder, "store", "bench.duckdb")
        for number in range(args.rounds):
            print(f"Round {number + 1} of {args.rounds} ...", file=sys.stderr)
            runs["mailtracer"].append(ingest(log, store))
            if pflogsumm:
                runs.setdefault("pflogsumm", []).append(measure([pflogsumm, log]))
        store_bytes = store.stat().st_size
        wrong = differences(store, truth)

    result = rows(args.lines, runs)
    log_bytes = log.stat().st_size
    summary = {
        "lines": args.lines,
        "log_bytes": log_bytes,
        "store_bytes": store_bytes,
        "store_to_log": round(store_bytes / log_bytes, 3),
        "programs": result,
        "runs": {name: [asdict(m) for m in measured] for name, measured in runs.items()},
        "differences_from_truth": wrong,
    }
    print(table(result))
    print(
        f"\nstore {store_bytes / 1e6:.0f} MB, log {log_bytes / 1e6:.0f} MB: "
        f"{store_bytes / log_bytes:.2f} of the log"
    )
    if pflogsumm:
        ours, theirs = (median(m.seconds for m in measured) for measured in runs.values())
        summary["speed_to_pflogsumm"] = round(theirs / ours, 2)
        print(f"speed {theirs / ours:.2f} of pflogsumm's, which counts and keeps nothing")
    print("stored events: " + ("as the truth says" if not wrong else "; ".join(wrong)))
    report = args.folder / "result.json"
    report.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(f"written to {report}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
