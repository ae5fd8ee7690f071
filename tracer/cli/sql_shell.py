"""A shell for SQL: history, completion, commands that begin with a point."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent

from tracer.cli.row_formats import FORMATS, TEXTS
from tracer.cli.sql_completion import Vocabulary
from tracer.cli.sql_statements import Statement, is_whole, split
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.store import Reader, Rows
from tracer.store.meanings import INNER, TABLES, column_meaning, plain

_COMMANDS = {
    ".tables": "list the tables and views",
    ".schema [NAME]": "list the columns of a table, or of all",
    ".format [NAME]": f"how rows are printed: {', '.join(TEXTS)}",
    ".param [NAME=VALUE]": "set the value of $NAME, or list the values",
    ".help": "this list",
    ".quit": "end; so does Ctrl-D",
}
_MOST_COMPLETIONS = 100


class Shell:
    """A conversation over a store."""

    def __init__(
        self, reader: Reader, form: str, timeout_seconds: float, parameters: dict[str, str]
    ) -> None:
        """form: of TEXTS. parameters: values of `$name` to begin with."""
        self._reader = reader
        self._form = form
        self._timeout_seconds = timeout_seconds
        self._parameters = parameters
        self._vocabulary = Vocabulary(reader)

    def run(self) -> None:
        """Ask and answer until the user has enough."""
        print("Statements end with ; and may have several lines. .help lists commands.")
        session: PromptSession[str] = PromptSession(
            "sql> ",
            history=_history(),
            completer=_Words(self._vocabulary),
            complete_while_typing=True,
            multiline=True,
            prompt_continuation="...> ",
            key_bindings=_keys(),
        )
        while True:
            try:
                text = session.prompt()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if text.strip() in (".quit", ".exit"):
                return
            self._answer(text.strip())

    def _answer(self, text: str) -> None:
        try:
            if text.startswith("."):
                name, _, argument = text.partition(" ")
                self._obey(name, argument.strip())
            elif text:
                for statement in split(text):
                    self._show(statement)
        except TracerError as error:
            print(*map(safe, str(error).split("\n")), sep="\n", file=sys.stderr)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)

    def _show(self, statement: Statement) -> None:
        started = time.monotonic()
        counted = _Counted()
        with self._reader.rows(
            statement.sql,
            statement.chosen(self._parameters),
            timeout_seconds=self._timeout_seconds,
        ) as rows:
            shown = Rows(rows.schema, partial(counted.next, rows), rows.close)
            FORMATS[self._form](shown, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        seconds = time.monotonic() - started
        print(f"{counted.rows:,} row{'' if counted.rows == 1 else 's'}, {seconds:.2f} s")

    # -- commands -----------------------------------------------------------------------------

    def _obey(self, name: str, argument: str) -> None:
        match name:
            case ".tables":
                _print_pairs((t, plain(what)) for t, what in TABLES.items() if t in self._tables)
            case ".schema":
                self._tell_schema(argument)
            case ".format":
                self._choose_format(argument)
            case ".param":
                self._set_parameter(argument)
            case ".help":
                _print_pairs(_COMMANDS.items())
            case _:
                raise TracerError(f"there is no {name}: .help lists commands")

    @property
    def _tables(self) -> dict[str, dict[str, str]]:
        return self._vocabulary.tables

    def _tell_schema(self, wanted: str) -> None:
        if wanted and wanted not in self._tables:
            raise TracerError(f"there is no table {wanted}: .tables lists them")
        for name in [wanted] if wanted else self._tables.keys() - INNER.keys():
            print(name)
            _print_pairs(
                (f"{column} {kind}", plain(column_meaning(name, column) or ""))
                for column, kind in self._tables[name].items()
            )

    def _choose_format(self, name: str) -> None:
        if not name:
            print(self._form)
        elif name in TEXTS:
            self._form = name
        else:
            raise TracerError(f"the shell prints {', '.join(TEXTS)}; `mailtracer sql` has others")

    def _set_parameter(self, text: str) -> None:
        name, equals, value = text.partition("=")
        if equals and name.strip().isidentifier():
            self._parameters[name.strip()] = value.strip()
        elif text:
            raise TracerError("write .param NAME=VALUE")
        else:
            _print_pairs(self._parameters.items())


class _Counted:
    """How many rows have passed."""

    rows = 0

    def next(self, rows: Rows) -> pa.RecordBatch | None:
        """The next batch, None at the end."""
        batch = next(rows, None)
        self.rows += batch.num_rows if batch is not None else 0
        return batch


def _print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    found = [(safe(name), safe(what)) for name, what in pairs]
    width = max((len(name) for name, _ in found), default=0)
    for name, what in found:
        print(f"  {name:{width}}  {what}".rstrip())


# -- the line that is typed ------------------------------------------------------------------------


class _Words(Completer):
    """Offers the vocabulary's words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        """See Completer."""
        text = document.text_before_cursor
        if text.startswith("."):
            for spelt, what in _COMMANDS.items():
                word = spelt.split()[0]
                if word.startswith(text):
                    yield Completion(word, -len(text), display_meta=what)
            return
        for number, (candidate, length) in enumerate(self._vocabulary.completions(text)):
            if number == _MOST_COMPLETIONS:
                return
            yield Completion(candidate.word, -length, display_meta=candidate.what)


def _keys() -> KeyBindings:
    """Enter ends what is whole, and else begins a line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text.strip()
        if not text or text.startswith(".") or is_whole(text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def _history() -> History:
    """What was typed before, for this user's eyes only: it may name people."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    path = Path(base) / "mailtracer" / "sql_history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError as error:
        print(f"mailtracer: no history: {path}: {error.strerror}", file=sys.stderr)
        return InMemoryHistory()
    return FileHistory(str(path))
