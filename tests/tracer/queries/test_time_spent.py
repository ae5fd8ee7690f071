"""Where the time of a message went."""

from itertools import pairwise
from pathlib import Path

from tracer.cli import main
from tracer.queries import lookup
from tracer.queries.time_spent import PARTS, Track, tracks
from tracer.store import open_reader

QUEUE_ID = "9BB5B162711"


def tracks_of(folder: Path, *attempts: tuple[str, str]) -> list[Track]:
    """attempts: time of day, and what follows `QUEUE-ID: `."""
    born = [
        ("12:00:00", "client=c.example[192.0.2.1]"),
        ("12:00:00", "message-id=<1@x>"),
        ("12:00:01", "from=<a@x.example>, size=10, nrcpt=2 (queue active)"),
    ]
    programs = ["smtpd", "cleanup", "qmgr", *["smtp"] * len(attempts)]
    log = folder / "mail.log"
    log.write_text(
        "".join(
            f"2026-11-24T{at}+00:00 mx postfix/{program}[7]: {QUEUE_ID}: {body}\n"
            for program, (at, body) in zip(programs, [*born, *attempts], strict=True)
        )
    )
    assert main(["ingest", "--db", str(folder / "s.duckdb"), "--zone", "UTC", str(log)]) == 0
    with open_reader(folder / "s.duckdb") as reader:
        path = lookup.open_key(reader, f"mx/postfix/{QUEUE_ID}/1")
        assert path is not None
        return tracks(path)


def attempt(recipient: str, delay: str, delays: str | None, status: str) -> str:
    parts = f"delays={delays}, " if delays else ""
    return (
        f"to=<{recipient}>, relay=m[192.0.2.9]:25, delay={delay}, {parts}dsn=2.0.0, "
        f"status={status} (text)"
    )


def seconds(track: Track) -> dict[str, float]:
    return {part: round(track.seconds_of(part), 2) for part in PARTS if track.seconds_of(part)}


def test_waits_between_attempts_are_told_apart_from_the_attempts(tmp_path: Path) -> None:
    (track,) = tracks_of(
        tmp_path,
        ("12:00:03", attempt("b@y.example", "3", "1/0.5/1/0.5", "deferred")),
        ("12:05:03", attempt("b@y.example", "303", "301/0.2/0.8/1", "sent")),
    )
    assert (track.attempts, track.status, track.recipients) == (2, "sent", ("b@y.example",))
    assert seconds(track) == {
        "before the queue": 1, "in the queue": 0.7, "to connect": 1.8, "to hand over": 1.5,
        "until another try": 298,
    }  # fmt: skip
    assert round(track.seconds, 2) == 303
    assert track.longest_part == "until another try"
    ends = [(s.start.timestamp(), s.start.timestamp() + s.seconds) for s in track.stretches]
    assert all(abs(e - s) < 1e-4 for (_, e), (s, _) in pairwise(ends))


def test_recipients_of_one_delivery_are_one_track(tmp_path: Path) -> None:
    found = tracks_of(
        tmp_path,
        ("12:00:03", attempt("b@y.example", "3", "1/0/1/1", "sent")),
        ("12:00:03", attempt("c@y.example", "3", "1/0/1/1", "sent")),
        ("12:00:09", attempt("d@z.example", "9", "1/0/1/7", "sent")),
    )
    assert [track.recipients for track in found] == [
        ("b@y.example", "c@y.example"),
        ("d@z.example",),
    ]


def test_a_delay_without_parts_is_told_as_such(tmp_path: Path) -> None:
    nothing, whole = tracks_of(
        tmp_path,
        ("12:00:03", attempt("b@y.example", "0", "0/0/0/0", "sent")),
        ("12:00:03", attempt("c@y.example", "2", None, "sent")),
    )[::-1]
    assert seconds(whole) == {"not told apart": 2}
    assert nothing.seconds == 0
