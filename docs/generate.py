"""Write the pages of docs/ that come from the code: reference, schema, events and reasons.

python docs/generate.py            writes them
python docs/generate.py --check    exits with 1 and names the pages that would change
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
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
from tracer.queries.questions import QUESTIONS
from tracer.queries.search_language import KEYS as SEARCH_KEYS
from tracer.queries.search_language import STATUSES
from tracer.reasons import CLASSES
from tracer.reasons.blockers import LISTS, PROVIDERS
from tracer.store import open_reader, open_writer

DOCS = Path(__file__).parent
GENERATED = "<!-- Written by docs/generate.py from the code: change it there. -->\n"

TABLES = {
    "lines": "Every line read, byte for byte. One row a line.",
    "events": "What each line means. One row a line, with the same `position` as in `lines`.",
    "messages": "Each message: one life of a queue file on one host.",
    "links": "What lines say of two queue files. One row a line that names both.",
    "rejections": "Each command, recipient or message that Postfix refused to take, and why.",
    "delivery_failures": "Each attempt at delivery that was deferred or failed, and why.",
    "refusals": "What was refused, narrow and quick to count: a row for each line of `rejections` "
    "that has a time.",
    "attempts": "Attempts at delivery, each once and without hops, narrow and quick to count: the "
    "lines that `traffic_minutely` counts.",
    "verdicts": "What scanners took messages for. One row a line that says so: a message may have "
    "several.",
    "authentications": "What DKIM, SPF and DMARC said of messages. One row a result.",
    "logins": "Who logged in, and who failed to. With SMTP each message taken from somebody who "
    "logged in is a login.",
    "traffic_minutely": "How much of what happened in each minute, each message once.",
    "traffic_hourly": "The same by the hour.",
    "queue_actions": "What operators asked of a queue through Mailtracer, and what came of it.",
    "sources": "Every stream of log bytes, and how far it is stored.",
    "reports": "Which report of which day was sent, and what it said ([reports](report.md)).",
    "meta": "The store's own versions.",
}
INNER = {
    "queue_action_rows": "`queue_actions`, with those that other logs than Mailtracer's tell",
    "event_rows": "`events` as stored: fields that few lines have share the JSON object `rest`",
    "authentication_rows": "`authentications`, and the lines that name a signature's domain",
    "addresses": "which of Postfix's lines name which address, in lower case",
    "projections": "which derived tables there are, and by which version of the code",
    "traffic_hops": "what `traffic_minutely` needs to count a message once over all its hops",
    "traffic_milter_hosts": "the hosts whose clamav-milter tells of viruses",
}
QUESTIONS_TEXT = (
    "Twenty that people ask, to be changed as needed. They are over the whole store; for a span",
    "add `AND occurred_at >= TIMESTAMP '2026-11-24'` or the like. On the dashboard's SQL page",
    "`$start`, `$end` and `$host` stand for what is chosen there.",
)
# Columns that are no field of a line, by table; `*` where they mean the same everywhere.
MEANINGS: dict[str, dict[str, str]] = {
    "*": {
        "position": "the line's number in the store: grows, never changes",
        "source_id": "the stream the line came from, see `sources`",
        "generation": "the stream's generation: grows when a file is truncated in place",
        "byte_offset": "where the line begins in its stream's decompressed content, bytes",
        "occurred_at": "the header's time, UTC; NULL where there is none",
        "host": "host name as logged in the line's header",
        "instance": "Postfix instance, e.g. `postfix` or `postfix-out`",
        "first_at": "time of the earliest line, UTC",
        "last_at": "time of the latest line, UTC",
        "first_position": "position of the first line",
        "last_position": "position of the last line",
    },
    "lines": {
        "text": "the line without the line feed that ends it; see `escaped`",
        "escaped": "true where the line was not UTF-8 or held NUL: `\\\\` is a backslash and "
        "`\\xNN` a byte in `text`",
        "terminated": "false where the line ended without a line feed",
    },
    "events": {
        "program": "program tag as logged, e.g. `postfix/submission/smtpd`",
        "pid": "process id",
        "repeated": "how many such events the line stands for; NULL for one",
        "event": "what the line says, see [events](events.md)",
        "extra": "JSON object of the `key=value` pairs that no shape knows, and of a site's own "
        "fields",
    },
    "sources": {
        "name": "the file's name without what rotation and compression add",
        "path": "where the stream was last read, `-` for standard input",
        "device": "device of the file, where known",
        "inode": "inode of the file, where known",
        "head": "the first bytes of the content, which identify the stream",
        "committed_offset": "bytes of decompressed content that are stored",
        "tail": "the bytes before `committed_offset`, to notice a changed file",
        "partial_position": "position of a last line that was not complete yet",
        "zone": "time zone of stamps that have none",
        "front_at": "where the stream's lines are in time, UTC, lines of wrong clocks left out",
        "line_count": "lines stored",
        "unparsed_count": "lines that no shape fits",
    },
    "reports": {
        "name": "the report's name in the configuration",
        "day": "the day that it is of",
        "state": "sending, sent, quiet (there was no problem to tell) or failed",
        "attempt_count": "how often sending was begun",
        "claimed_at": "when it was begun last, UTC",
        "settled_at": "when that ended, UTC; NULL while it is being sent",
        "message_id": "Message-ID of its mail",
        "subject": "subject of its mail; NULL until it is sent",
        "text": "the report as text",
        "html": "the report as HTML",
        "error": "why it failed, or which recipients were refused; NULL where all is well",
    },
    "messages": {
        "message_no": "the message's number in the store: never changes",
        "life": "which message of this queue id on this host: 1, 2, ... in order of time",
        "born_at": "when the queue file began, UTC; NULL where that is not in the logs",
        "removed_at": "when it was removed, UTC; NULL while it is queued",
        "is_removed": "true once the queue file is gone",
        "sent_count": "delivery attempts with status `sent`",
        "deferred_count": "delivery attempts with status `deferred`",
        "bounced_count": "delivery attempts with status `bounced`",
        "last_status": "status of the last attempt logged",
    },
    "links": {
        "occurred_at": "the line's time, UTC",
        "kind": "relayed (the next hop, or a filter, took it), forwarded, bounced, notified, "
        "requeued or reinjected (a filter tells the former id)",
        "from_queue_id": "the file that was there before",
        "to_queue_id": "the file that came of it; where `relayed`, on the host that answered",
        "relay_host": "who took it, where `relayed`",
        "relay_address": "its address",
    },
    "traffic_minutely": {
        "minute": "the minute's beginning, UTC",
        "outcome": "received, delivered, deferred, bounced, rejected, spam or virus",
        "count": "how many",
    },
    "traffic_hourly": {
        "hour": "the hour's beginning, UTC",
        "outcome": "received, delivered, deferred, bounced, rejected, spam or virus",
        "count": "how many",
    },
    "refusals": {
        "minute": "the minute's beginning, UTC",
        "host": "host name as logged, '' where the line names none",
        "reason_class": "why, see [reasons](reasons.md)",
        "stage": "SMTP stage, '' where the line names none",
        "blocklist": "DNS block list that is named",
        "client_network": "the client's /24 or /48; NULL where the line names no client",
        "sender_domain": "of the envelope sender, '' where it has none",
        "recipient": "in lower case",
        "count": "how many rejections the line stands for",
    },
    "attempts": {
        "minute": "the minute's beginning, UTC",
        "host": "host name as logged, '' where the line names none",
        "outcome": "delivered, deferred or bounced",
        "domain": "the recipient's, in lower case",
        "tls_protocol": "TLS version of the connection, '' where no line told of TLS; NULL unless "
        "delivered over a network",
        "reason_class": "why it failed, see [reasons](reasons.md); NULL where delivered",
        "provider": "whose server it is that refused; NULL where it is nobody's who is known",
        "blocklist": "block list that the reply names",
        "blocked_address": "which of our addresses is blocked, where the reply names one",
        "delay": "arrival to this attempt's end, decibels of a second: 10^(n/10) seconds",
        "delay_before_qmgr": "delays a: before the queue manager, decibels of a second",
        "delay_in_qmgr": "delays b: in the queue manager, decibels of a second",
        "delay_connection_setup": "delays c: DNS, HELO and TLS, decibels of a second",
        "delay_transmission": "delays d: transmission, decibels of a second",
        "count": "how many attempts the line stands for",
    },
    "rejections": {
        "repeated": "how many rejections the line stands for",
        "reason_class": "why, see [reasons](reasons.md)",
        "blocklist": "DNS block list that is named",
    },
    "delivery_failures": {
        "repeated": "how many failures the line stands for",
        "reason_class": "why, see [reasons](reasons.md)",
        "provider": "whose server it is that refused; NULL where it is nobody's who is known",
        "blocklist": "block list that the reply names",
    },
    "queue_actions": {
        "request_id": "the request, which may be about many messages",
        "username": "who asked, percent-encoded",
        "via": "cli or dashboard",
        "remote_address": "where from; NULL on this machine",
        "action": "show, deliver, hold, release, requeue, delete, expire or flush",
        "status": "requested; then done, left (alone), failed or refused",
        "queue_id": "the message; NULL for requests and flushes",
        "site": "the destination that was flushed; NULL for all mail",
        "message_count": "of a request: how many messages it is about",
        "detail": "of a request: how they were chosen; else what Postfix said, or why not",
    },
    "verdicts": {
        "program": "the scanner, as the names of its events begin",
        "verdict": "spam, clean, virus or other (greylisted, banned, unchecked, ...)",
        "action": "what it did: rspamd's action, or passed, blocked or quarantined of amavis",
        "repeated": "how many verdicts the line stands for",
    },
    "authentications": {
        "program": "the program, as the names of its events begin",
        "mechanism": "dkim, spf or dmarc",
        "domain": "the domain that was looked at; NULL where no line names one",
        "result": "pass, fail, none, ...; signed where we signed",
        "repeated": "how many results the line stands for",
    },
    "logins": {
        "service": "smtp, imap, pop3, managesieve or submission (Dovecot's)",
        "username": "the name that was given",
        "address": "the client's address",
        "method": "PLAIN, LOGIN, ...",
        "result": "good or failed",
        "reason": "why it failed, in the program's words",
        "is_plain_text": "true without TLS, but for clients that Dovecot trusts; NULL of failures "
        "and of SMTP, where the line does not say",
        "repeated": "how many the line stands for; of failures, passwords tried",
    },
    "meta": {"key": "what is versioned", "value": "its version"},
}


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
        "The store is one DuckDB file. Ask it with [mailtracer sql](reference.md#mailtracer-sql),",
        "or, while nothing writes to it, with any DuckDB client. All times are UTC. `''` is the",
        'null sender, NULL is "not logged".',
    ]
    for table, columns in stored_tables().items():
        lines += ["", f"## {table}", "", TABLES[table], ""]
        lines += rows(
            ("column", "type", "meaning"),
            ((f"`{name}`", kind, cell(column_meaning(table, name))) for name, kind in columns),
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
        raise SystemExit(f"docs/generate.py and the store differ in the tables {different}")
    return {name: tables[name] for name in TABLES}


def column_meaning(table: str, column: str) -> str:
    """What a column means: said here, or by the field of that name."""
    for meanings in (MEANINGS.get(table, {}), MEANINGS["*"]):
        if column in meanings:
            return meanings[column]
    if column in FIELDS:
        return FIELDS[column].meaning
    raise SystemExit(f"docs/generate.py does not say what {table}.{column} means")


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


PAGES: dict[str, Callable[[], str]] = {
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
