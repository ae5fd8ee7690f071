"""Lines that stand for several: `message repeated 3 times: [ BODY]`, as rsyslog shortens logs.

The line before it is logged as usual; this one stands for so many more, and so do its event and
whatever counts events. Source: rsyslog runtime/ratelimit.c, which cuts long bodies off.
"""

import pyarrow as pa
import pyarrow.compute as pc

_BEGINS = "message repeated "
_PATTERN = r"(?s)^message repeated (?P<count>[0-9]{1,9}) times: \[ ?(?P<body>.*)\]$"


def unrepeated(bodies: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The bodies as they were before they were shortened, and how often: NULL for once."""
    if not pc.any(pc.starts_with(bodies, _BEGINS)).as_py():
        return bodies, pa.chunked_array([pa.nulls(len(bodies), pa.int64())])
    found = pc.extract_regex(bodies, _PATTERN)
    counts = pc.struct_field(found, "count").cast(pa.int64())
    return pc.coalesce(pc.struct_field(found, "body"), bodies), counts
