"""How the typed values of log lines are spelt: each atom is defined once.

An atom has one regular expression, written in what RE2 and Python's `re` read alike (no \\s, \\S
or \\w, whose classes differ), and one conversion in SQL and in Python that give the same value.
"""

from collections.abc import Callable
from dataclasses import dataclass

INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Atom:
    """One kind of value.

    pattern: without capturing groups.
    sql: the typed value as SQL, with `{}` for the VARCHAR that was captured.
    convert: the same in Python; None means NULL.
    """

    pattern: str
    sql: str
    convert: Callable[[str], object]

    @property
    def sql_types(self) -> tuple[str, ...]:
        """Types of the fields that may be read so."""
        return {_int: ("BIGINT",), float: ("DOUBLE",), _flag: ("BOOLEAN",)}.get(
            self.convert, ("VARCHAR",)
        )


def _text(value: str) -> object:
    return value


def _int(value: str) -> object:
    number = int(value)
    return number if -INT64_MAX - 1 <= number <= INT64_MAX else None


def _flag(value: str) -> object:
    return value.lower() in ("y", "yes", "true", "t", "1", "tls")


# Postfix, src/global/mail_queue.h: microseconds and inode in hexadecimal; or seconds, microseconds
# in base 52, `z`, inode in base 51.
_BASE_51 = "[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]"
_BASE_52 = "[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]"
_QUEUE_ID = f"(?:[0-9A-F]{{6,}}|{_BASE_52}{{10,}}z{_BASE_51}+)"

# What stands between angle brackets: a quoted local part may hold anything (RFC 5321, 4.1.2), an
# unquoted one no `>`. ADDRESS lets one unpaired quote through, as internal-form logging has it.
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
BALANCED_ADDRESS = f'[^">]*(?:{_QUOTED}[^">]*)*'
ADDRESS = f'{BALANCED_ADDRESS}(?:"[^">]*)?'

# amavis doubles backslashes in all that it logs: so within quotes `\\"` is a quote that goes on.
_DOUBLED = r'[^"\\]*(?:\\\\(?:\\\\|.)[^"\\]*)*'
_DOUBLED_ADDRESS = rf'[^"<>]*(?:"{_DOUBLED}"[^"<>]*)*'

ATOMS = {
    "word": Atom("[^ ]+", "{}", _text),
    "text": Atom(".*?", "{}", _text),
    "rest": Atom(".*", "{}", _text),
    "unbracketed": Atom("[^<>]*", "{}", _text),  # before a client's choice in angle brackets
    "name": Atom("[A-Za-z0-9_.-]+", "{}", _text),
    "c_name": Atom("[a-z0-9]+(?:_[a-z0-9]+)+", "{}", _text),  # as C programs name functions
    "int": Atom("-?[0-9]+", "TRY_CAST({} AS BIGINT)", _int),
    "float": Atom("-?[0-9]+(?:[.][0-9]+)?", "TRY_CAST({} AS DOUBLE)", float),
    "flag": Atom("[A-Za-z0-9.]+", "lower({}) IN ('y', 'yes', 'true', 't', '1', 'tls')", _flag),
    "queue_id": Atom(_QUEUE_ID, "{}", _text),
    "address": Atom(ADDRESS, "{}", _text),
    # a Message-ID that text follows: up to the last `>`, or `...` where it was cut, that fits
    "msgid": Atom("(?:.*(?:>|[.]{3})|.*?)", "{}", _text),
    # A Message-ID that nothing can imitate the end of: it holds neither blank, bracket nor escape.
    "bracketed": Atom(r"<[^ <>\\]*>", "{}", _text),
    # Text that quotes every `>` and backslash: read from inside a quoted string, it has no end.
    "balanced": Atom(rf'(?:[^">\\]|{_QUOTED})*', "{}", _text),
    "doubled_address": Atom(_DOUBLED_ADDRESS, "{}", _text),
    "doubled_addresses": Atom(f"<{_DOUBLED_ADDRESS}>(?:,<{_DOUBLED_ADDRESS}>)*", "{}", _text),
    "dquoted": Atom('[^"]*(?:""[^"]*)*', "{}", _text),  # in quotes, where `""` is one quote
    "account": Atom("[^()<>]*", "{}", _text),  # a user name between parentheses
    "host": Atom(r"[^ \[\],]+", "{}", _text),
    "ip": Atom("(?:[0-9A-Fa-f:.]+(?:%[0-9A-Za-z_.-]+)?|unknown)", "{}", _text),
    "endpoint": Atom(r"[^\]]+", "{}", _text),
    # Where an SMTP session stands, but HELO and EHLO: `RCPT`, `END-OF-MESSAGE`, `DATA content`.
    "smtp_stage": Atom("(?:[A-DF-GI-Z][A-Z]*(?: content)?|E[NT][A-Z-]*|HELP)", "{}", _text),
    "dsn": Atom("[245][.][0-9]{1,3}[.][0-9]{1,3}", "{}", _text),
}

# Templates that are used as one field: Postfix writes these the same everywhere.
COMPOSITES = {
    "client": r"{client_name:host}\[{client_address:ip}\][:{client_port:int}][:unknown]",
    "relay": r"{relay_host:host}[\[{relay_address:endpoint}\]][:{relay_port:int}]",
    "delays": "{delay_before_qmgr}/{delay_in_qmgr}/{delay_connection_setup}/{delay_transmission}",
}
