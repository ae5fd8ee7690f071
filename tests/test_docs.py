"""What the docs tell people to type works, and what they show is what is printed.

In a ```console block, lines that begin with `$ ` are run, in the order of the page and in one
folder that holds sample_logs; the lines below one are its output, where `...` stands for
anything. A ```toml NAME block is a file that is there from then on. ```sh blocks are for what no
test can do (sudo, a service, a command that never ends).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from parsers.registry import build_registry
from parsers.shapes import Shape

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@dataclass
class Command:
    line: int
    text: str
    output: str


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page's console blocks with the output shown, and those that make files."""
    found: Command | None = None
    inside = False
    file: list[str] | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```toml "):
            file = [f"cat > {line.split()[1]} <<'END'"]
        elif file is not None and line == "```":
            yield Command(number, "\n".join([*file, "END"]), "")
            file = None
        elif file is not None:
            file.append(line)
        elif line.startswith("```"):
            if inside and found:
                yield found
            inside, found = line == "```console" and not inside, None
        elif inside and line.startswith("$ "):
            if found:
                yield found
            found = Command(number, line[2:], "")
        elif inside and found and found.text.endswith("\\"):
            found.text += "\n" + line
        elif inside:
            assert found, f"{page}:{number}: output before any command"
            found.output += line + "\n"


def pattern(output: str) -> str:
    return ".*?".join(re.escape(part) for part in output.strip().split("..."))


PAGES_WITH_COMMANDS = [page for page in PAGES if any(commands(page))]


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    for log in (tmp_path / "sample_logs").rglob("*.log*"):
        os.utime(log, (1772496000, 1772496000))  # 3 March 2026: what year-less stamps hang on
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-c", command.text],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        where = f"{page.relative_to(ROOT)}:{command.line}: $ {command.text}"
        printed = done.stdout + done.stderr
        if command.output:
            assert re.fullmatch(pattern(command.output), printed.strip(), re.DOTALL), (
                f"{where}\nprints\n{printed}"
            )
        else:
            assert done.returncode == 0, f"{where}\nfails with\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, f"{page.name} links to {target}"


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_index_of_decisions_is_complete() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs/adr").glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d{4}-[^)]+)\)", index)) == pages


def test_the_shape_on_the_page_of_unparsed_lines_reads_its_sample() -> None:
    page = (ROOT / "docs/explain.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shape = eval(block, {"Shape": Shape})
    assert shape.samples[0] in page.replace(block, "")
    event, fields = build_registry((shape,)).match(shape.daemons[0], shape.samples[0])
    assert (event, len(fields)) == (shape.event, 4)


def test_there_are_commands_to_run() -> None:
    assert sum(len(list(commands(page))) for page in PAGES) >= 15
