"""What is spam or a virus, and who vouches for senders? Times are naive UTC, as in overview."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from tracer.projections.authentications import authentications
from tracer.queries.overview import Range, bucket_of_minute, coarse_minute
from tracer.queries.positions import within
from tracer.queries.refusals import MOST_LINES, Bucket, Line, lines_at
from tracer.store import Reader

MOST_VALUES = 100
SCORES = (-20, 50)  # where the histogram ends: what is beyond counts as its end

_IN_MAILBOXES = ["dovecot.message_stored", "dovecot.message_discarded", "dovecot.message_rejected"]

SCORING = ("spamd", "rspamd", "amavis")

Mechanism = Literal["dkim", "spf", "dmarc"]

MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many messages hit it, and how many of these were spam."""

    name: str
    count: int
    spam_count: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What scanners took messages for; spam, clean, virus or other.

    series: spam and viruses, without what clamd finds where clamav-milter or amavis says it too.
    programs: by (program, verdict), all that they say.
    scores: by (the score's integer part, verdict). required: from which score on it is spam.
    """

    series: list[Bucket]
    programs: dict[tuple[str, str], int]
    scores: dict[tuple[int, str], int]
    required: list[float]
    rules: list[Rule]
    viruses: dict[str, int]

    @property
    def totals(self) -> Counter[str]:
        """How many were spam and how many viruses."""
        return sum((Counter(bucket.counts) for bucket in self.series), Counter())

    @property
    def scored(self) -> int:
        """How many verdicts come from programs that look for spam."""
        return sum(count for (program, _), count in self.programs.items() if program in SCORING)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of spam and viruses, as far as lines say so.

    done: by (who did it: scanner, postfix, mailbox or sieve; what, or the mailbox; the verdict).
    senders, recipients: of spam, None where nothing names them. Recipients whom the scanner does
        not name are those to whom Postfix delivered the Message-ID, which counts once.
    """

    done: dict[tuple[str, str, str], int]
    senders: dict[str | None, int]
    recipients: dict[str, int]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Vouched:
    """What was found of a domain, None where no line names it; signed: by us."""

    domain: str | None
    count: int
    passed: int
    failed: int
    signed: int


# clamd finds what clamav-milter and amavis ask it about: they say it again, of a message.
_IS_SAID_TWICE = """
    program = 'clamd' AND (coalesce(host, '') IN (FROM traffic_milter_hosts)
        OR coalesce(host, '') IN (SELECT coalesce(host, '') FROM chosen WHERE program = 'amavis'))
"""
_RULES = r"""
    CASE program WHEN 'rspamd'
        THEN regexp_extract_all(spam_rules, '(?:^|,)([A-Z0-9_]+)\(-?[0-9.]+\)', 1)
        ELSE string_split(regexp_replace(spam_rules, '=[^,]*', '', 'g'), ',') END
"""


def scanned(reader: Reader, span: Range, host: str | None = None, zone: str = "UTC") -> Scanned:
    """All that scanners said in a range, of one host or all."""
    rows = reader.query(
        f"""
        WITH chosen AS NOT MATERIALIZED (FROM verdicts WHERE {within(span)})
        SELECT 'series' AS what, {bucket_of_minute(span)} AS begins_at, NULL AS name, verdict,
            sum(repeated)::BIGINT AS count, 0 AS spam_count
        FROM (
            SELECT {coarse_minute("occurred_at", span)} AS minute, verdict,
                sum(repeated) AS repeated
            FROM chosen WHERE verdict IN ('spam', 'virus') AND NOT ({_IS_SAID_TWICE}) GROUP BY ALL
        ) GROUP BY ALL
        UNION ALL
        SELECT 'program', NULL, program, verdict, sum(repeated)::BIGINT, 0 FROM chosen GROUP BY ALL
        UNION ALL
        SELECT 'score', NULL,
            greatest({SCORES[0]}, least({SCORES[1]}, floor(spam_score)))::INTEGER::VARCHAR AS name,
            verdict, sum(repeated)::BIGINT, 0
        FROM (
            SELECT spam_score, verdict, sum(repeated) AS repeated
            FROM chosen WHERE isfinite(spam_score) GROUP BY ALL
        ) GROUP BY ALL
        UNION ALL
        (SELECT 'required', NULL, spam_required::VARCHAR, NULL, sum(repeated)::BIGINT, 0
        FROM chosen WHERE isfinite(spam_required) GROUP BY ALL ORDER BY 5 DESC LIMIT 3)
        UNION ALL
        (SELECT 'rule', NULL, trim(rule) AS name, NULL, sum(repeated)::BIGINT,
            sum(spam)::BIGINT
        FROM (
            SELECT repeated, spam, unnest({_RULES}) AS rule
            FROM (
                SELECT program, spam_rules, sum(repeated) AS repeated,
                    coalesce(sum(repeated) FILTER (verdict = 'spam'), 0) AS spam
                FROM chosen WHERE spam_rules <> '' GROUP BY ALL
            )
        ) WHERE trim(rule) <> '' GROUP BY ALL ORDER BY 6 DESC, 5 DESC, name LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'virus', NULL, virus_name, NULL, sum(repeated)::BIGINT, 0
        FROM chosen WHERE virus_name IS NOT NULL AND NOT ({_IS_SAID_TWICE})
        GROUP BY ALL ORDER BY 5 DESC, virus_name LIMIT {MOST_VALUES})
        ORDER BY what, begins_at, spam_count DESC, count DESC, name, verdict
        """,
        {"host": host, "zone": zone, "seconds": span.bucket_seconds},
    ).to_pylist()
    of = _Parts(rows)
    series: dict[datetime, dict[str, int]] = {}
    for row in of("series"):
        series.setdefault(row["begins_at"], {})[row["verdict"]] = row["count"]
    return Scanned(
        [Bucket(begins_at, counts) for begins_at, counts in series.items()],
        {(row["name"], row["verdict"]): row["count"] for row in of("program")},
        {(int(row["name"]), row["verdict"]): row["count"] for row in of("score")},
        [float(row["name"]) for row in of("required")],
        [Rule(row["name"], row["count"], row["spam_count"]) for row in of("rule")],
        {row["name"]: row["count"] for row in of("virus")},
    )


def handled(reader: Reader, span: Range, host: str | None = None) -> Handled:
    """What became of spam and viruses, whom they came from and went to, and the latest lines."""
    rows = reader.query(
        f"""
        WITH chosen AS NOT MATERIALIZED (
            FROM verdicts WHERE {within(span)} AND verdict IN ('spam', 'virus')
        ),
        ids AS MATERIALIZED (
            SELECT message_id, min(verdict) AS verdict, bool_or(verdict = 'spam'
                AND recipient IS NULL) AS lacks_recipient
            FROM chosen WHERE message_id NOT IN ('', '<>', '(unknown)') GROUP BY message_id
        ),
        lives AS MATERIALIZED (
            SELECT message_id, host, queue_id, first_position, last_position, envelope_sender
            FROM messages SEMI JOIN (FROM ids WHERE lacks_recipient) USING (message_id)
            WHERE last_at >= TIMESTAMP '{span.start}' AND first_at < TIMESTAMP '{span.end}'
                AND ($host IS NULL OR coalesce(host, '') = $host)
        ),
        files AS MATERIALIZED (
            SELECT host, queue_id, min(verdict) AS verdict FROM chosen
            WHERE queue_id IS NOT NULL GROUP BY host, queue_id
        )
        SELECT 'done' AS what, 'scanner' AS doer, action AS name, verdict,
            sum(repeated)::BIGINT AS count
        FROM chosen WHERE action IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT 'done', 'postfix', a.action, verdict, sum(coalesce(repeated, 1))::BIGINT
        FROM event_rows a JOIN files f
            ON a.queue_id = f.queue_id AND coalesce(a.host, '') = coalesce(f.host, '')
        WHERE event = 'postfix.rejected' AND a.action IS NOT NULL AND {within(span, "a")}
        GROUP BY ALL
        UNION ALL
        (SELECT 'done', CASE event WHEN 'dovecot.message_stored' THEN 'mailbox' ELSE 'sieve' END,
            CASE event WHEN 'dovecot.message_stored' THEN coalesce(mailbox, '')
                ELSE split_part(event, '_', 2) END AS name, verdict,
            sum(coalesce(repeated, 1))::BIGINT
        FROM event_rows JOIN ids USING (message_id)
        WHERE list_contains({_IN_MAILBOXES}, event) AND {within(span)}
        GROUP BY ALL ORDER BY 5 DESC, name LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'sender', NULL, coalesce(c.envelope_sender, l.envelope_sender) AS name, NULL,
            sum(repeated)::BIGINT
        FROM chosen c LEFT JOIN (
            SELECT message_id, min_by(envelope_sender, first_position) AS envelope_sender
            FROM lives GROUP BY message_id
        ) l USING (message_id)
        WHERE verdict = 'spam' GROUP BY ALL ORDER BY 5 DESC, name LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'recipient', NULL, name, NULL, sum(count)::BIGINT
        FROM (
            SELECT lower(recipient) AS name, sum(repeated) AS count
            FROM chosen WHERE verdict = 'spam' AND recipient IS NOT NULL GROUP BY ALL
            UNION ALL
            SELECT lower(coalesce(original_recipient, recipient)) AS name,
                count(DISTINCT l.message_id)
            FROM event_rows a JOIN lives l ON a.queue_id = l.queue_id
                AND coalesce(a.host, '') = coalesce(l.host, '')
                AND a.position BETWEEN l.first_position AND l.last_position
            WHERE event = 'postfix.delivery_attempted' AND recipient IS NOT NULL
                AND {within(span, "a")}
            GROUP BY ALL
        ) GROUP BY ALL ORDER BY 5 DESC, name LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'line', NULL, position::VARCHAR, NULL, 1
        FROM chosen ORDER BY position DESC LIMIT {MOST_LINES})
        ORDER BY what, count DESC, name, verdict
        """,
        {"host": host},
    ).to_pylist()
    of = _Parts(rows)
    return Handled(
        {(row["doer"], row["name"], row["verdict"]): row["count"] for row in of("done")},
        {row["name"]: row["count"] for row in of("sender")},
        {row["name"]: row["count"] for row in of("recipient")},
        lines_at(reader, [int(row["name"]) for row in of("line")]),
    )


def vouched(reader: Reader, span: Range, host: str | None = None) -> dict[Mechanism, list[Vouched]]:
    """What DKIM, SPF and DMARC said of the domains of which they said most."""
    rows = reader.query(
        f"""
        SELECT mechanism, domain, sum(repeated)::BIGINT AS count,
            coalesce(sum(repeated) FILTER (result = 'pass'), 0)::BIGINT AS passed,
            coalesce(sum(repeated) FILTER (result IN ('fail', 'softfail', 'permerror')), 0)::BIGINT
                AS failed,
            coalesce(sum(repeated) FILTER (result = 'signed'), 0)::BIGINT AS signed
        FROM ({authentications(within(span))})
        GROUP BY mechanism, domain
        QUALIFY row_number() OVER (PARTITION BY mechanism ORDER BY count DESC, domain)
            <= {MOST_VALUES}
        ORDER BY mechanism, count DESC, domain
        """,
        {"host": host},
    ).to_pylist()
    found: dict[Mechanism, list[Vouched]] = {mechanism: [] for mechanism in MECHANISMS}
    for row in rows:
        found[row.pop("mechanism")].append(Vouched(**row))
    return found


class _Parts:
    """The rows of a statement that answers several questions, by which they answer."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def __call__(self, what: str) -> Iterator[Mapping[str, Any]]:
        return (row for row in self._rows if row["what"] == what)
