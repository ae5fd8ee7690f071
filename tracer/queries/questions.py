"""Questions that people ask in SQL, each with a statement that answers it.

They stand in docs/schema.md and on the dashboard's SQL page: to be read, run and changed.
"""

QUESTIONS: dict[str, str] = {
    "How much came in, was delivered and was refused, hour by hour?": """
SELECT hour, outcome, sum(count) AS count
FROM traffic_hourly GROUP BY ALL ORDER BY hour, outcome
""",
    "Which messages are still in the queue, and for how long?": """
SELECT host, queue_id, born_at, envelope_sender, recipient_count, deferred_count, last_status
FROM messages WHERE NOT is_removed AND born_at IS NOT NULL
ORDER BY born_at LIMIT 100
""",
    "Why was mail refused?": """
SELECT reason_class, stage, sum(repeated)::BIGINT AS count, max(occurred_at) AS latest
FROM rejections GROUP BY ALL ORDER BY count DESC
""",
    "Whom do we refuse most?": """
SELECT client_address, any_value(client_name) AS client_name, count(*) AS count,
    list_distinct(list(reason_class)) AS reasons
FROM rejections WHERE client_address IS NOT NULL
GROUP BY client_address ORDER BY count DESC LIMIT 20
""",
    "Which of our recipients do others look for in vain?": """
SELECT recipient, count(*) AS count, count(DISTINCT client_address) AS clients
FROM rejections WHERE reason_class = 'user_unknown'
GROUP BY recipient ORDER BY count DESC LIMIT 20
""",
    "Who blocks us?": """
SELECT coalesce(provider, relay_host) AS whose, blocklist, reason_class, count(*) AS count,
    max(occurred_at) AS latest, any_value(reply) AS an_answer
FROM delivery_failures WHERE blocklist IS NOT NULL OR provider IS NOT NULL
GROUP BY ALL ORDER BY count DESC
""",
    "Which domains can we not deliver to?": """
SELECT lower(split_part(recipient, '@', -1)) AS domain,
    count(*) FILTER (status = 'sent') AS sent,
    count(*) FILTER (status = 'deferred') AS deferred,
    count(*) FILTER (status = 'bounced') AS bounced
FROM deliveries WHERE NOT is_hop
GROUP BY domain HAVING deferred + bounced > 0
ORDER BY deferred + bounced DESC LIMIT 20
""",
    "Where are deliveries slow, and in which part?": """
SELECT relay_host, count(*) AS deliveries,
    round(quantile_cont(delay_seconds, 0.95), 1) AS p95,
    round(avg(delay_before_qmgr), 2) AS before_qmgr, round(avg(delay_in_qmgr), 2) AS in_qmgr,
    round(avg(delay_connection_setup), 2) AS connecting,
    round(avg(delay_transmission), 2) AS sending
FROM deliveries WHERE status = 'sent'
GROUP BY relay_host HAVING count(*) >= 5 ORDER BY p95 DESC LIMIT 20
""",
    "Which recipients' mail is still deferred, or expired?": """
SELECT message_at, host, queue_id, recipient, state, attempt_count, last_attempt_at, reply
FROM recipients WHERE state IN ('deferred', 'expired') ORDER BY last_attempt_at DESC LIMIT 50
""",
    "Which replies did our deferred mail get?": """
SELECT dsn, reply, count(*) AS count, count(DISTINCT message_no) AS messages
FROM deliveries WHERE status = 'deferred'
GROUP BY ALL ORDER BY count DESC LIMIT 20
""",
    "Who sends most through us after a login?": """
SELECT sasl_username, count(*) AS messages, count(DISTINCT client_address) AS addresses
FROM events WHERE event = 'postfix.client_assigned' AND sasl_username IS NOT NULL
GROUP BY sasl_username ORDER BY messages DESC LIMIT 20
""",
    "Which senders send most, in messages and in bytes?": """
SELECT envelope_sender, count(*) AS messages, sum(size_bytes)::BIGINT AS bytes
FROM messages WHERE envelope_sender <> '' GROUP BY envelope_sender
ORDER BY messages DESC LIMIT 20
""",
    "How are the scores of spam spread?": """
SELECT floor(spam_score)::INTEGER AS from_score, count(*) AS messages
FROM events WHERE event = 'spamd.message_scored' GROUP BY ALL ORDER BY from_score
""",
    "Which viruses were found?": """
SELECT virus_name, event, count(*) AS count, min(occurred_at) AS first, max(occurred_at) AS latest
FROM events WHERE virus_name IS NOT NULL GROUP BY ALL ORDER BY count DESC
""",
    "Who tries passwords?": """
SELECT coalesce(client_address, remote_address) AS address, count(*) AS failures,
    count(DISTINCT coalesce(sasl_username, username)) AS names,
    min(occurred_at) AS first, max(occurred_at) AS latest
FROM events WHERE event IN ('postfix.authentication_failed', 'dovecot.authentication_failed')
GROUP BY address ORDER BY failures DESC LIMIT 20
""",
    "Which versions of TLS do clients use?": """
SELECT tls_protocol, tls_cipher, count(*) AS connections
FROM connections WHERE tls_protocol IS NOT NULL GROUP BY ALL ORDER BY connections DESC
""",
    "What do the programs warn of?": """
SELECT program, event, count(*) AS count, max(occurred_at) AS latest,
    arg_max(text, position) AS the_latest
FROM events JOIN lines USING (position)
WHERE text LIKE '%warning: %' OR text LIKE '%error: %' OR text LIKE '%fatal: %'
GROUP BY ALL ORDER BY count DESC LIMIT 30
""",
    "What was sent on by an alias or a .forward?": """
SELECT occurred_at, host, from_queue_id, to_queue_id FROM links
WHERE kind = 'forwarded' ORDER BY occurred_at DESC LIMIT 50
""",
    "What are all lines of one message, in order?": """
SELECT e.occurred_at, l.text FROM lines l JOIN events e USING (position)
WHERE e.queue_id = (SELECT queue_id FROM messages ORDER BY last_at DESC LIMIT 1)
ORDER BY position
""",
    "Which lines are not understood?": """
SELECT program, count(*) AS lines, arg_max(text, position) AS the_latest
FROM events JOIN lines USING (position) WHERE event = 'log.line_unparsed'
GROUP BY program ORDER BY lines DESC
""",
}
