"""What stands before a log line's body: when, where, and which program wrote it.

parsers.headers.spellings declares the ways of writing it, parsers.headers.split reads them, over
batches and for a single line, parsers.headers.journal reads those that are JSON, and
parsers.headers.programs says which daemon a program tag stands for.
"""

from parsers.headers.header import Header
from parsers.headers.programs import daemon_of, instance_of
from parsers.headers.split import form_of, split_header
from parsers.headers.stamps import MONTHS, read_stamp

__all__ = ["MONTHS", "Header", "daemon_of", "form_of", "instance_of", "read_stamp", "split_header"]
