"""Drives the mail lab through the plan and keeps what it wrote, untouched, in a work folder.

A recording is a folder with `mail.log` and `mail-iso.log` (the same lines, two stamps),
`steps.json` (when each step and phase really began), `truth-NN.jsonl` (the lab's truth after
each step) and `truth-final.jsonl` (all messages looked at again at the end).
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

from sample_logs.plan import Variant, steps

QUIET_SECONDS = 1.5  # between two steps, so that nobody's line falls on the boundary
AUDIT = pathlib.Path(__file__).with_name("audit_lab.py")


def record(lab: pathlib.Path, root: pathlib.Path, variant: Variant, work: pathlib.Path) -> None:
    """Run the plan of `variant` in the lab (state below `root`) and fill `work`."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    def run(action: str, *arguments: str) -> None:
        command = [sys.executable, str(lab / "lab.py"), action, "--root", str(root), *arguments]
        done = subprocess.run(command, check=False)
        # `run` and `volume` exit 1 where reality differs from the lab's own expectation;
        # the truth says so, and such messages are left out of ours.
        if done.returncode and action not in ("run", "volume"):
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}")

    journal = []
    try:
        for number, step in enumerate(steps(variant)):
            time.sleep(QUIET_SECONDS)
            began = time.time()
            if step.action == "up":
                run("up", "--queue-ids", variant.queue_ids)
            elif step.action == "volume":
                run("volume", "--messages", step.argument, "--workers", "2", "--seed", str(number))
            else:
                run("run", "--only", step.argument)
            out = root / "out"
            ended = sorted(
                seen
                for path in out.glob("queue-phase*.jsonl")
                if (seen := path.stat().st_mtime) > began
            )
            journal.append(
                {
                    "at": [moment.isoformat() for moment in step.at],
                    # a phase begins when the one before it has ended
                    "began": [began, *ended[: len(step.at) - 1]],
                }
            )
            if step.action != "up":
                name = "truth.jsonl" if step.action == "run" else "truth-volume.jsonl"
                shutil.copy(out / name, work / f"truth-{number:02d}.jsonl")
        time.sleep(QUIET_SECONDS)
        shutil.copy(root / "log/mail.log", work)
        shutil.copy(root / "log/mail-iso.log", work)
        run("exec", sys.executable, str(AUDIT), str(lab), str(root), str(work))
    finally:
        run("down")
    (work / "steps.json").write_text(json.dumps(journal, indent=1) + "\n")
