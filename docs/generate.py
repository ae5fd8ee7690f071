"""Write the pages of docs/ that come from the code: reference, schema, events and reasons.

python docs/generate.py            writes them
python docs/generate.py --check    exits with 1 and names the pages that would change
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from parsers.atoms import ATOMS, COMPOSITES
from parsers.fields import FIELDS
from parsers.registry import registry
from parsers.shapes import Shape
from parsers.site import KEYS as SHAPE_KEYS
from parsers.site import LONGEST_TEMPLATE
from parsers.templates import compile_template
from tracer import configuration
from tracer.cli import COMMANDS, build_parser
from tracer.insights.detectors import DETECTORS
from tracer.queries.questions import QUESTIONS
from tracer.queries.search_language import KEYS as SEARCH_KEYS
from tracer.queries.search_language import STATUSES
from tracer.reasons import CLASSES
from tracer.reasons.blockers import LISTS, PROVIDERS
from tracer.store import open_reader, open_writer
from tracer.store.meanings import INNER, NEVER_NULL, TABLES, column_meaning

DOCS = Path(__file__).parent
GENERATED = "<!-- Written by docs/generate.py from the code: change it there. -->\n"

QUESTIONS_TEXT = (
    "Twenty that people ask, to be changed as needed. They are over the whole store; for a span",
    "add `AND occurred_at >= TIMESTAMP '2026-11-24'` or the like (`message_at` of `recipients`,",
    "`began_at` of `connections`). On the dashboard's SQL page `$start`, `$end` and `$host` stand",
    "for what is chosen there.",
)


def cell(text: str) -> str:
    """Text as one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def rows(titles: Iterable[str], body: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    heads = list(titles)
    yield "| " + " | ".join(heads) + " |"
    yield "| " + " | ".join("---" for _ in heads) + " |"
    for row in body:
        yield "| " + " | ".join(row) + " |"


# -- reference.md -----------------------------------------------------------------------------


def reference() -> str:
    """Every command with its arguments."""
    lines = [
        "# Commands",
        GENERATED,
        "`mailtracer COMMAND --help` says the same. Data goes to standard output, messages to",
        "standard error. Exit codes: 0 fine, 1 nothing found or findings, 2 misuse or failure.",
        "`trace ...` is short for `mailtracer trace ...`.",
        "",
        *rows(
            ("command", "what it does"),
            ((f"[`{name}`](#mailtracer-{name})", what) for name, what in COMMANDS.items()),
        ),
    ]
    for name in COMMANDS:
        lines += ["", f"## mailtracer {name}", "", *command(name)]
    return "\n".join(lines) + "\n"


def command(name: str) -> Iterator[str]:
    """One command: what it does, its usage, its arguments."""
    subparsers = build_parser(name)._subparsers
    assert subparsers is not None
    choices = subparsers._group_actions[0].choices
    assert isinstance(choices, dict)
    parser: argparse.ArgumentParser = choices[name]
    actions = [action for action in parser._actions if action.dest != "help"]
    options = [action for action in actions if action.option_strings]
    arguments = [action for action in actions if not action.option_strings]
    yield f"{parser.description}"
    yield ""
    usage = ["mailtracer", name, *(["[OPTION]..."] if options else []), *map(spelling, arguments)]
    yield "    " + " ".join(usage)
    yield ""
    yield from rows(
        ("argument", "meaning"),
        (
            (f"`{argument_name(action)}`", cell(meaning(parser, action)))
            for action in [*arguments, *options]
        ),
    )
    if parser.epilog:
        yield ""
        yield parser.epilog


def argument_name(action: argparse.Action) -> str:
    """`PATH`, or `--db PATH`."""
    if not action.option_strings:
        return str(action.metavar or action.dest.upper())
    value = ""
    if action.nargs != 0:
        choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
        value = f" {action.metavar or choices or action.dest.upper()}"
    return ", ".join(action.option_strings) + value


def spelling(action: argparse.Action) -> str:
    """How a positional argument stands in the usage line."""
    name = argument_name(action)
    return {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(str(action.nargs), name)


def meaning(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """The help text, expanded as argparse does."""
    if not action.help:
        raise SystemExit(f"{parser.prog} {argument_name(action)} has no help")
    return action.help % {**vars(action), "prog": parser.prog}


# -- schema.md --------------------------------------------------------------------------------


def schema() -> str:
    """Every table and view of the store, with the meaning of each column."""
    lines = [
        "# What is in the store",
        GENERATED,
        "The store is one DuckDB file. Ask it with [mailtracer sql](sql.md), or copy it for other",
        "clients with [mailtracer snapshot](sql.md#other-tools-a-snapshot). All times are UTC.",
        "`''` is the null sender, NULL is \"not logged\".",
    ]
    for table, columns in stored_tables().items():
        lines += ["", f"## {table}", "", TABLES[table], ""]
        lines += rows(
            ("column", "type", "may be NULL", "meaning"),
            (
                (
                    f"`{name}`",
                    kind,
                    "no" if name in NEVER_NULL[table] else "yes",
                    cell(described_column(table, name)),
                )
                for name, kind in columns
            ),
        )
    lines += ["", "## Questions", "", *QUESTIONS_TEXT]
    for question, statement in QUESTIONS.items():
        lines += ["", f"### {question}", "", "```sql", statement.strip(), "```"]
    lines += ["", "## Inner tables", "", "They may change from one version to the next.", ""]
    lines += rows(("table", "what it holds"), ((f"`{t}`", what) for t, what in INNER.items()))
    return "\n".join(lines) + "\n"


def stored_tables() -> dict[str, list[tuple[str, str]]]:
    """The tables of a new store, in TABLES' order: name -> (column, type)."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "schema.duckdb")
        with open_writer(store):
            pass
        found = (
            open_reader(store)
            .query(
                "SELECT table_name, column_name, data_type FROM duckdb_columns() "
                "WHERE NOT internal AND schema_name = 'main' ORDER BY table_name, column_index"
            )
            .to_pylist()
        )
    tables: dict[str, list[tuple[str, str]]] = {}
    for row in found:
        tables.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
    if different := tables.keys() ^ TABLES.keys() ^ INNER.keys():
        raise SystemExit(f"tracer/store/meanings.py and the store differ in the tables {different}")
    return {name: tables[name] for name in TABLES}


def described_column(table: str, column: str) -> str:
    """What a column means."""
    if meaning := column_meaning(table, column):
        return meaning
    raise SystemExit(f"tracer/store/meanings.py does not say what {table}.{column} means")


# -- events.md and events/*.md ------------------------------------------------------------------


def events() -> str:
    """The programs, each with its page."""
    programs = shapes_by_program()
    lines = [
        "# Events",
        GENERATED,
        f"Each line of a log becomes one event. {sum(map(len, programs.values()))} are known;",
        "a line that fits none is `log.line_unparsed`, and is kept all the same.",
        "",
        *rows(
            ("program", "events", "logged by"),
            (
                (
                    f"[{name}](events/{name}.md)",
                    str(len(shapes)),
                    ", ".join(f"`{d}`" for d in sorted({d for s in shapes for d in s.daemons})),
                )
                for name, shapes in programs.items()
            ),
        ),
    ]
    return "\n".join(lines) + "\n"


def program_events(name: str, shapes: list[Shape]) -> str:
    """The events of one program, with the lines they come from and the fields they fill."""
    used = {field for shape in shapes for field in fields_of(shape)}
    lines = [
        f"# Events of {name}",
        GENERATED,
        "In templates, `{field}` is a column of [events](../schema.md#events), `[...]` may be",
        "missing, and `{*}` is a run of `key=value` pairs.",
    ]
    for shape in shapes:
        lines += ["", f"## {shape.event}", "", *described(shape)]
    lines += ["", "## Fields", ""]
    lines += rows(
        ("field", "type", "meaning"),
        (
            (f"`{field.name}`", field.sql_type, cell(field.meaning))
            for field in FIELDS.values()
            if field.name in used
        ),
    )
    return "\n".join(lines) + "\n"


def shapes_by_program() -> dict[str, list[Shape]]:
    """All shapes, by the first part of their events' names."""
    programs: dict[str, list[Shape]] = {}
    for shape in sorted(registry().shapes, key=lambda shape: shape.event):
        programs.setdefault(shape.event.partition(".")[0], []).append(shape)
    return programs


def fields_of(shape: Shape) -> list[str]:
    """The fields that the lines of a shape may fill, in the order of FIELDS."""
    filled = set(shape.constants)
    for template in shape.templates:
        for form in compile_template(template, shape.pairs):
            filled.update(form.fields)
    return [name for name in FIELDS if name in filled]


def described(shape: Shape) -> Iterator[str]:
    """One event: who logs it, in which forms, with a real line and its fields."""
    yield f"Logged by {', '.join(f'`{daemon}`' for daemon in shape.daemons)}; see {shape.source}."
    yield ""
    yield "```text"
    yield from shape.templates
    yield "```"
    yield ""
    yield "For example:"
    yield ""
    yield "```text"
    yield shape.samples[0]
    yield "```"
    if fields := [name for name in fields_of(shape) if name not in shape.constants]:
        yield ""
        yield "Fields: " + ", ".join(f"`{name}`" for name in fields) + "."
    if shape.constants:
        yield ""
        yield "Always: " + ", ".join(f"`{k}` = `{v}`" for k, v in shape.constants.items()) + "."


# -- shapes.md --------------------------------------------------------------------------------


def shape_language() -> str:
    """The keys of the configuration, and the language of templates with its atoms and fields."""
    if different := READS.keys() ^ ATOMS.keys():
        raise SystemExit(f"docs/generate.py and parsers/atoms.py differ in {different}")
    lines = [
        "# Configuration: reference",
        GENERATED,
        "What it is for, and an example: [Configuration](configuration.md).",
        "",
        "## The file",
        "",
        *rows(("key", "meaning"), ((f"`{k}`", cell(v)) for k, v in configuration.KEYS.items())),
        "",
        "## A shape",
        "",
        "Each begins with `[[shape]]`.",
        "",
        *rows(("key", "meaning"), ((f"`{k}`", cell(v)) for k, v in SHAPE_KEYS.items())),
        "",
        "## Templates",
        "",
        f"A template has at most {LONGEST_TEMPLATE:,} characters. It fits a line as a whole.",
        "",
        *rows(("in a template", "stands for"), ((f"`{k}`", v) for k, v in SPELLINGS.items())),
        "",
        "Some names stand for several fields, as Postfix writes them the same everywhere:",
        "",
        *rows(("name", "is"), ((f"`{{{k}}}`", f"`{v}`") for k, v in COMPOSITES.items())),
        "",
        "## Atoms",
        "",
        "An atom is a way to read a value. It reads fields of its type, and any of `fields`.",
        "",
        *rows(
            ("atom", "type", "reads"),
            ((f"`{k}`", " ".join(ATOMS[k].sql_types), cell(v)) for k, v in READS.items()),
        ),
        "",
        "## Fields",
        "",
        *rows(
            ("field", "type", "atom", "meaning"),
            ((f"`{f.name}`", f.sql_type, f"`{f.atom}`", cell(f.meaning)) for f in FIELDS.values()),
        ),
    ]
    return "\n".join(lines) + "\n"


SPELLINGS = {
    "{field}": "a value, read by the field's own atom and kept in the field",
    "{field:atom}": "the same, read by another atom",
    "{field:=this\\|that}": "one of these words, or the only one; kept in the field",
    "{this\\|that}": "one of these words, not kept; one of them may be empty",
    "{:atom}": "a value that is not kept",
    "[...]": "what may be missing, parts of any kind",
    "{*}": "a run of `, key=value` pairs in any order: those of `pairs` are read, others go to "
    "`extra`",
    "\\": "before any character: this character itself",
}
READS = {
    "word": "all up to a blank",
    "text": "as little as possible, of any characters, none included",
    "rest": "as much as possible, of any characters, none included",
    "unbracketed": "anything but angle brackets, none included",
    "name": "letters, digits and `_.-`",
    "c_name": "a function's name with at least one `_`",
    "int": "a whole number; NULL beyond 64 bits",
    "float": "a number, with a point or without",
    "flag": "a word that means yes (y, yes, true, t, 1, TLS) or no (any other)",
    "queue_id": "a Postfix queue id, short or long",
    "address": "a mail address up to its closing bracket, which may be quoted in it; none included",
    "msgid": "a Message-ID that text follows",
    "bracketed": "a Message-ID in its brackets, without blanks",
    "balanced": "text in which each closing angle bracket and each backslash is quoted",
    "doubled_address": "an address in which each backslash is doubled",
    "doubled_addresses": "such addresses in brackets, with commas between them",
    "dquoted": 'what stands between quotes, where `""` is one quote',
    "account": "a user name between parentheses",
    "host": "all up to a blank, a comma or a square bracket",
    "ip": "an IPv4 or IPv6 address, or `unknown`",
    "endpoint": "all up to `]`: an address, or the path of a socket",
    "smtp_stage": "where an SMTP session stands, but HELO and EHLO: `RCPT`, `END-OF-MESSAGE`",
    "dsn": "an enhanced status code, `4.7.1`",
}


# -- reasons.md -------------------------------------------------------------------------------

REASONS = f"""\
# Reasons
{GENERATED}
Why was mail refused, and why was ours not delivered? Each rejection and each failed delivery has a
reason class, computed as it is read: from Postfix's own text first, then from the enhanced status
code (RFC 3463), then from words of the reply, then from the reply code. What clients, senders and
message texts chose decides nothing.

```console
$ mailtracer ingest --zone UTC sample_logs/day/mail.log*
...
$ mailtracer sql "SELECT reason_class, count(*) AS n FROM rejections GROUP BY 1 ORDER BY n DESC, 1"
reason_class              n
-----------------------  --
relay_denied             39
user_unknown             39
temporarily_unavailable  11
...
$ mailtracer sql "SELECT reason_class, relay_host, count(*) FROM delivery_failures GROUP BY ALL"
...greylisted...mx.flaky.example...
```

See [rejections](schema.md#rejections) and [delivery_failures](schema.md#delivery_failures) for
their columns; `sum(repeated)` counts what a syslog daemon folded into one line as often as it was.
Who blocks *us* is in `provider` (whose server refused, by the name of the next hop)
and `blocklist` (the list that its reply names):

```console
$ mailtracer sql "SELECT provider, blocklist, reason_class, count(*) AS n FROM delivery_failures \\
    WHERE reason_class IN ('blocklisted', 'poor_reputation', 'rate_limited') GROUP BY ALL"
...rbl.example...blocklisted...
```

What the classes mean:
"""


def reasons() -> str:
    """Every reason class, with what to do about it."""
    lines = [
        REASONS,
        *rows(
            ("class", "what it is", "what to do"),
            ((f"[`{c.name}`](#{c.name})", c.title, cell(c.advice)) for c in CLASSES.values()),
        ),
        "",
        f"Providers that are known: {', '.join(sorted(PROVIDERS, key=str.casefold))}.",
        "",
        f"Lists that are known by name: {', '.join(name for name, _ in LISTS)}. Others are called",
        "by the domain that a reply spells out.",
    ]
    for declared in CLASSES.values():
        lines += ["", f"## {declared.name}", "", f"{declared.title}. For example:", ""]
        lines += ["```text", declared.sample, "```"]
    return "\n".join(lines) + "\n"


# -- search.md --------------------------------------------------------------------------------

_FROM_HERE = "<!-- From here, written by docs/generate.py from the code: change it there. -->\n"
_TO_HERE = "<!-- To here. -->\n"


def search() -> str:
    """The page as it is, with the tables of keys and statuses between its marks."""
    text = (DOCS / "search.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(_FROM_HERE)
    _, _, after = rest.partition(_TO_HERE)
    lines = [
        "",
        *rows(
            ("key", "meaning", "for example"),
            (
                (f"`{name}:`", cell(key.meaning), ", ".join(f"`{e}`" for e in key.examples))
                for name, key in SEARCH_KEYS.items()
            ),
        ),
        "",
        "### What status finds",
        "",
        "All but `queued` are what some line says, so that a message may fit several.",
        "",
        *rows(("status", "a message fits when"), ((f"`{k}`", v) for k, v in STATUSES.items())),
        "",
    ]
    return "".join((before, _FROM_HERE, "\n".join(lines), "\n", _TO_HERE, after))


# -- insights.md ------------------------------------------------------------------------------


def _length(time: timedelta) -> str:
    hours = time / timedelta(hours=1)
    return f"{hours:g} h" if hours >= 1 else f"{hours * 60:g} min"


def insights() -> str:
    """The page as it is, with the table of detectors between its marks."""
    text = (DOCS / "insights.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(_FROM_HERE)
    _, _, after = rest.partition(_TO_HERE)
    lines = rows(
        ("detector", "it begins when", "at least", "over after"),
        (
            (
                f"`{name}`: {detector.TITLE}",
                cell(detector.OPENS),
                f"{detector.LEAST} {detector.UNIT}",
                _length(detector.ENDS_AFTER),
            )
            for name, detector in DETECTORS.items()
        ),
    )
    return "".join((before, _FROM_HERE, "\n".join(["", *lines, ""]), "\n", _TO_HERE, after))


PAGES: dict[str, Callable[[], str]] = {
    "insights.md": insights,
    "search.md": search,
    "shapes.md": shape_language,
    "reference.md": reference,
    "schema.md": schema,
    "events.md": events,
    "reasons.md": reasons,
    **{
        f"events/{name}.md": partial(program_events, name, shapes)
        for name, shapes in shapes_by_program().items()
    },
}


def main() -> int:
    """Write the pages, or with --check name those that are out of date."""
    check = sys.argv[1:] == ["--check"]
    (DOCS / "events").mkdir(exist_ok=True)
    stale = [str(p.relative_to(DOCS)) for p in DOCS.glob("events/*.md")]
    stale = [name for name in stale if name not in PAGES]
    if not check:
        for name in stale:
            (DOCS / name).unlink()
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"docs/{', docs/'.join(stale)} out of date: run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
