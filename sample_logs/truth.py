"""The truth of a recording, trimmed to what a tracer may be asked, on the moved clock.

It comes from mailboxes and queues (the lab's audit), never from log lines.
"""

import datetime
import json
import pathlib
from typing import Any

from sample_logs.clock import Clock

HOSTS = {"mx.lab.example": "mx", "mx.remote.example": "relay"}  # host name -> name in the log
TIMES = ("time", "time_end")
WAYS_TO_RELAY = frozenset({"relay"})

Record = dict[str, Any]


def trimmed(records: list[Record], clock: Clock) -> list[Record]:
    """What tests need of the lab's records, in order of time."""
    makers = {"message": _message, "login": _login, "action": _action}
    found = [
        {"kind": record["kind"], **{k: _time(record[k], clock) for k in TIMES if k in record}}
        | makers[record["kind"]](record)
        for record in records
        if record["kind"] in makers
    ]
    return sorted(
        (_moved(record, clock) for record in found), key=lambda record: str(record["time"])
    )


def load(path: pathlib.Path) -> list[Record]:
    """The records of a recording's file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(records: list[Record], path: pathlib.Path) -> None:
    """A JSON array with one record a line."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _time(text: str, clock: Clock) -> str:
    moved = clock.moved(datetime.datetime.fromisoformat(text).timestamp())
    return datetime.datetime.fromtimestamp(moved, datetime.UTC).isoformat()


def _moved(value: Any, clock: Clock) -> Any:
    """`value` with the clock readings in all its strings moved; its times already are."""
    if isinstance(value, str):
        return clock.text(value)
    if isinstance(value, list):
        return [_moved(item, clock) for item in value]
    if isinstance(value, dict):
        return {k: v if k in TIMES else _moved(v, clock) for k, v in value.items()}
    return value


def _message(record: Record) -> Record:
    actual = record["actual"]
    outcomes = record["expect"] if record["ok"] else dict.fromkeys(record["rcpts"])
    return _without_nothing(
        {
            "id": record["id"],
            "scenario": record["scenario"],
            "via": record["via"],
            "host": "relay" if record["via"] in WAYS_TO_RELAY else record.get("host", "mx"),
            "client": record.get("client"),
            "queue_id": record["queue_id"],
            "message_id": record["message_id"],
            "envelope_sender": record["mail_from"],
            "recipients": {
                recipient: outcome and {k: v for k, v in outcome.items() if k != "to"}
                for recipient, outcome in outcomes.items()
            },
            "copies": [_copy(copy) for copy in actual["copies"]],
            "reports": [_report(report) for report in actual["reports"]],
            "replies": [_copy(reply) for reply in actual.get("replies", [])],
            "queued": [
                {
                    "host": entry["host"],
                    "queue": entry["queue"],
                    "queue_id": entry["queue_id"],
                    "recipients": [r["address"] for r in entry["recipients"]],
                    "is_report": entry["report"] or None,
                }
                for entry in actual["queue"]
            ],
            "virus": record["want"].get("virus"),
            "note": record.get("note"),
        }
    )


def _copy(copy: Record) -> Record:
    return _without_nothing(
        {
            "place": copy["place"],
            "queue_ids": _hops(copy["queue_ids"]),
            "lmtp_sessions": copy.get("lmtp_sessions"),
            "spam": copy.get("spam"),
            "spf": copy.get("spf"),
            "dkim": copy.get("dkim"),
            "signed_by": copy.get("signed_by"),
        }
    )


def _report(report: Record) -> Record:
    return _without_nothing(
        {
            "place": report["place"],
            "queue_ids": _hops(report["queue_ids"]),
            "about_queue_id": report["about_queue_id"],
            "recipients": [
                {key: recipient.get(key) for key in ("final", "action", "status")}
                for recipient in report["recipients"]
            ],
        }
    )


def _hops(hops: list[list[str]]) -> list[list[str]]:
    return [[HOSTS.get(host, host), queue_id] for host, queue_id in hops]


def _login(record: Record) -> Record:
    return _without_nothing(
        {
            "protocol": record["proto"],
            "username": record["user"],
            "remote_address": record["client"],
            "succeeded": record["ok"],
            "is_tls": record["tls"],
        }
    )


def _action(record: Record) -> Record:
    return {"host": record["host"], "command": record["command"], "exit": record["exit"]}


def _without_nothing(record: Record) -> Record:
    return {key: value for key, value in record.items() if value is not None and value != []}
