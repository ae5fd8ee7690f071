"""Lines that stand for several, as syslogds shorten logs.

The line before one is logged as usual; this one stands for so many more, and so do its event and
whatever counts events. rsyslog's `message repeated 3 times: [ BODY]` says what was repeated; of
`last message repeated 3 times` only the lines before it tell, which the store knows.
Sources: rsyslog runtime/ratelimit.c, which cuts long bodies off; FreeBSD syslogd(8).
"""

import pyarrow as pa
import pyarrow.compute as pc

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="log.message_repeated",
        daemons=("syslogd",),
        template="last message repeated {:int} time[s]",
        samples=("last message repeated 3 times",),
        source="FreeBSD usr.sbin/syslogd/syslogd.c",
    ),
)

_BEGINS = ("message repeated ", "last message repeated ")
_PATTERN = r"(?s)^(?:last )?message repeated (?P<count>[0-9]{1,9}) times?(?:: \[ ?(?P<body>.*)\])?$"


def unrepeated(bodies: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The bodies as they were before they were shortened, and how often: NULL for once."""
    if not any(pc.any(pc.starts_with(bodies, text)).as_py() for text in _BEGINS):
        return bodies, pa.chunked_array([pa.nulls(len(bodies), pa.int64())])
    found = pc.extract_regex(bodies, _PATTERN)
    counts = pc.struct_field(found, "count").cast(pa.int64())
    shortened = pc.struct_field(found, "body")
    is_told = pc.fill_null(pc.greater(pc.binary_length(shortened), 0), False)
    return pc.if_else(is_told, shortened, bodies), counts
