"""How long is it from a question to its answer? `trace` beside grep and zgrep, on the same log.

    python -m benchmarks.lookups STORE LOG QUEUE-ID MESSAGE-ID ADDRESS ...

Each is a whole process, from its start to its end; the best of the rounds. A log whose name ends
with `.gz` is looked through with zgrep.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def seconds(command: Sequence[str | Path], rounds: int) -> float:
    """The best time of a command, output read: grep stops early where it is thrown away."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        code = subprocess.run(command, stdout=subprocess.PIPE, check=False).returncode
        best = min(best, time.perf_counter() - start)
        if code > 1:
            sys.exit(f"{command[0]} failed ({code})")
    return best


def main() -> int:
    """Print one row a term: our seconds, and grep's."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("terms", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    grep = "zgrep" if args.log.suffix == ".gz" else "grep"
    print(f"{'term':<50} {'trace':>7} {grep:>7}")
    for term in args.terms:
        trace = [sys.executable, "-m", "tracer.cli", "trace", "--db", args.store, term]
        ours = seconds(trace, args.rounds)
        theirs = seconds([grep, "-F", "--", term, args.log], args.rounds)
        print(f"{term:<50} {ours:7.2f} {theirs:7.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
