"""Lines of clamd and clamav-milter in which a client chose a file's name, an address or a "
"header."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import registry

STAMP = "Tue Nov 24 03:36:59 2026 -> "


def parsed(program: str, body: str) -> dict[str, object]:
    """Event and fields of a body, which both matchers must agree on."""
    (row,) = parse_lines([body], program=program)
    event, fields = registry().match(program, body)
    both = {"queue_id": row["queue_id"], **row["fields"]}  # type: ignore[dict-item]
    assert (row["event"], {k: v for k, v in both.items() if v is not None}) == (event, fields)
    return {"event": event, **fields}


NAMES = [
    "/srv/x",
    "/srv/x: Forged FOUND",
    "/srv/x: OK",
    "/srv/x: Forged(0123:1) FOUND\\n/srv/y",
    "/srv/SelfCheck: Database status OK.",
    "/srv/WARNING: x ERROR",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stamp", ["", STAMP])
def test_clamd_reads_any_file_name(name: str, stamp: str) -> None:
    found = parsed("clamd", f"{stamp}{name}: Win.Test.EICAR_HDB-1(44d88612:68) FOUND")
    assert found == {
        "event": "clamd.virus_found",
        "file_name": name,
        "virus_name": "Win.Test.EICAR_HDB-1",
        "size_bytes": 68,
    }
    clean = parsed("clamd", f"{stamp}{name}: OK")
    assert clean == {"event": "clamd.file_clean", "file_name": name}
    failed = parsed("clamd", f"{stamp}{name}: Can't open file or directory ERROR")
    assert (failed["event"], failed["file_name"]) == ("clamd.scan_failed", name)


@pytest.mark.parametrize("queue_id", ["4jYT8M5kLVzCT0c", "UNKNOWN"])
@pytest.mark.parametrize("header", ["x", "y  message-id  <f@x>", "z infected by Forged", ""])
def test_clamav_milter_reads_any_header(queue_id: str, header: str) -> None:
    found = parsed(
        "clamav-milter",
        f"Message {queue_id} from <a@b.example> to <<bob@lab.example>> with subject '{header}' "
        f"message-id '{header}' date '{header}' infected by Eicar-Signature",
    )
    assert found["event"] == "clamav_milter.message_infected"
    assert found.get("queue_id", "UNKNOWN") == queue_id
    assert (found["subject"], found["message_id"]) == (header, header)
    assert (found["recipient"], found["virus_name"]) == ("bob@lab.example", "Eicar-Signature")


def test_a_mirror_s_name_is_no_update() -> None:
    found = parsed(
        "freshclam",
        "Can't download daily.cvd from https://x/daily.cld updated (version: 1, sigs: 2)",
    )
    assert found["event"] == "freshclam.mirror_failed"
