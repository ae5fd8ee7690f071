"""Runs inside the lab at the end of a recording: what became of every message by then?

The lab looks at its messages after each step; some were still queued then, and went on later.
Usage: audit_lab.py LAB ROOT WORK; reads WORK/truth-NN.jsonl, writes WORK/truth-final.jsonl.
"""

import importlib
import json
import pathlib
import sys
from types import SimpleNamespace
from typing import Any


def main(lab: pathlib.Path, root: pathlib.Path, work: pathlib.Path) -> None:
    """Audit all messages again; copies that the lab's scripted servers took are kept as seen."""
    sys.path.insert(0, str(lab))
    truth = importlib.import_module("truth")  # the lab's own module

    records: list[dict[str, Any]] = [
        json.loads(line)
        for path in sorted(work.glob("truth-[0-9]*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    messages = [record for record in records if record["kind"] == "message"]
    taken = {
        message["id"]: [c for c in message["actual"]["copies"] if c["place"].startswith("fake:")]
        for message in messages
    }
    relay = (root / "run/relay.pid").read_text().strip()
    hosts: dict[str, list[str]] = {"mx": [], "relay": ["nsenter", "-t", relay, "-m", "-u", "--"]}
    truth.audit(root, messages, hosts, SimpleNamespace(accepted=[]))
    for message in messages:
        message["actual"]["copies"] += taken[message["id"]]
        message["problems"] = truth.check(message)
        message["ok"] = not message["problems"]
    with (work / "truth-final.jsonl").open("w") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:4]))
