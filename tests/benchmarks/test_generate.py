"""The generated log against its truth, counted here from the text alone."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.generate import generate, truth_path

LINES = 20_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("generated") / "mail.log"
    generate(path, LINES, seed=7)
    return path


def counts(path: Path) -> dict[str, int]:
    return dict(json.loads(truth_path(path).read_text())["counts"])


def test_same_seed_same_bytes(log: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again.log", LINES, seed=7)
    generate(tmp_path / "other.log", LINES, seed=8)
    assert (tmp_path / "again.log").read_bytes() == log.read_bytes()
    assert (tmp_path / "other.log").read_bytes() != log.read_bytes()


def test_truth_is_what_the_text_says(log: Path) -> None:
    text = log.read_text()
    truth = counts(log)
    assert text.count("\n") == LINES
    for status in ("sent", "deferred", "bounced"):
        found = re.findall(rf" postfix/\w+\[\d+\]: \w+: to=<.*, status={status} \(", text)
        assert len(found) == truth.get(f"attempts_{status}", 0) > 0
    assert len(re.findall(r" (?:milter-)?reject: ", text)) == truth["rejects"]
    assert len(re.findall(r" uid=109 from=", text)) == truth["reinjected"]
    assert text.count("spamd: result: Y ") == truth["spam"]
    assert text.count(" FOUND\n") >= truth["virus"] > 0
    delivered = re.findall(r"postfix/(?:lmtp|virtual)\[\d+\]: .* status=sent", text)
    assert len(delivered) == truth["mailbox_deliveries"]


def test_mix_is_a_real_server_s(log: Path) -> None:
    truth = counts(log)
    assert 0.08 < truth["rejects"] / LINES < 0.12
    assert truth["reinjected"] > 200
    recipients = re.findall(r", nrcpt=(\d+) ", log.read_text())
    assert sum(int(n) > 1 for n in recipients) > len(recipients) / 5


def test_stamps_never_go_back(tmp_path: Path) -> None:
    path = tmp_path / "iso.log"
    generate(path, 5000, iso=True)
    stamps = [line.split(" ", 1)[0] for line in path.open()]
    assert stamps == sorted(stamps)
    assert re.fullmatch(r"2026-11-0\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", stamps[0])


@pytest.mark.parametrize("long_ids", [False, True])
def test_queue_ids_come_back_only_on_purpose(tmp_path: Path, long_ids: bool) -> None:
    path = tmp_path / "mail.log"
    generate(path, 120_000, long_ids=long_ids)
    born: Counter[str] = Counter()
    alive: set[str] = set()
    for line in path.open():
        if found := re.search(r": (\w+): (?:client|uid|removed)", line):
            if line.endswith(": removed\n"):
                alive.discard(found[1])
            else:
                assert found[1] not in alive
                alive.add(found[1])
                born[found[1]] += 1
    again = sum(n - 1 for n in born.values())
    assert again <= counts(path).get("queue_ids_reused", 0)
    assert (again == 0) is long_ids
    pattern = r"[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z\w+" if long_ids else r"[0-9A-F]{11}"
    assert all(re.fullmatch(pattern, queue_id) for queue_id in born)


def test_a_process_has_one_session_at_a_time(log: Path) -> None:
    busy: set[str] = set()
    for line in log.open():
        if found := re.search(r" (\w+ postfix/\S*smtpd\[\d+\]): (connect|disconnect) from", line):
            session, what = found.groups()
            assert (session in busy) is (what == "disconnect")
            busy.symmetric_difference_update({session})
