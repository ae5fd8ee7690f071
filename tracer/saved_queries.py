"""The SQL queries that people saved in the dashboard: statements by name, beside the store.

All analysts share them.
"""

import json
import os
import threading
import unicodedata
from pathlib import Path

from tracer.errors import TracerError

MOST_QUERIES = 500
LONGEST_NAME = 80
LONGEST_STATEMENT = 20_000
_changing = threading.Lock()


def path(store: str | Path) -> Path:
    """The file with the saved queries of a store."""
    resolved = Path(store).resolve()
    return resolved.with_name(f"{resolved.name}.queries.json")


def load(file: Path) -> dict[str, str]:
    """Statements by name, in order of names; none where there is no file.

    Raises TracerError where it cannot be read.
    """
    try:
        queries = json.loads(file.read_text("utf-8"))["queries"]
        return {str(name): str(queries[name]) for name in sorted(queries, key=str.casefold)}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TracerError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TracerError(
            f"{file} is no list of queries ({error}): mend it, or move it away"
        ) from error


def save(file: Path, name: str, statement: str) -> None:
    """Keep a statement under a name, in place of one that had it. Raises TracerError."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in name):
        raise TracerError(f"a name has 1 to {LONGEST_NAME} characters, all of them visible")
    if len(statement) > LONGEST_STATEMENT:
        raise TracerError(f"the statement is longer than {LONGEST_STATEMENT:,} characters")
    with _changing:
        queries = load(file) | {name: statement}
        if len(queries) > MOST_QUERIES:
            raise TracerError(f"{MOST_QUERIES} queries are saved already: delete one first")
        _write(file, queries)


def delete(file: Path, name: str) -> None:
    """Forget a query, if it is there. Raises TracerError."""
    with _changing:
        queries = load(file)
        if queries.pop(name, None) is not None:
            _write(file, queries)


def _write(file: Path, queries: dict[str, str]) -> None:
    """Whole or not at all, for this account's eyes only."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(json.dumps({"queries": queries}, indent=2).encode() + b"\n")
            written.flush()
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise TracerError(f"{file}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
