"""What rspamd says of a message: its arrival, its verdict, what was learned from it.

The verdict's line (rspamd_task_write_log in src/libserver/task.c, log_format in conf/logging.inc)
mixes what a client chose with what rspamd writes. Message-IDs hold no blanks
(src/libmime/mime_headers.c), but addresses and the options of symbols may hold any text. So the
first templates read no address with a blank in it, nor symbols with an angle bracket: text that
imitates what follows needs one of these. Lines that have them meet the templates after these,
which read only what stands before the first of them.
"""

from parsers.rspamd import DAEMONS, FUNCTION, MODULE, TAG
from parsers.shapes import Shape

_TASK = "rspamd src/libserver/task.c"
_IDS = (
    MODULE + "rspamd_task_write_log: id: {message_id:word}[, qid: <{queue_id}>][, qid: <{:host}>]"
    "[, ip: {client_address}][, ip: {:word}]"
)
_VERDICT = (
    _IDS + "[, user: {sasl_username:word}][, from: <[{envelope_sender:word}]>], "
    r"(default: {is_spam} ({action:text}): \[{spam_score}/[{spam_required}][nan]\] "
)
_SCANNED = (
    _VERDICT + r"\[{spam_rules:unbracketed}\]), len: {size_bytes}, time: {scan_milliseconds}ms"
    "[ real][, {:float}ms virtual][, dns req: {item_count}][, digest: <{:host}>][, rcpts: "
    "<{recipient:host}[,{further_recipients:word}]>][, mime_rcpts: <{:word}>][, file: "
    "{file_name:word}]"
)

SHAPES = (
    Shape(
        event="rspamd.message_scanned",
        daemons=DAEMONS,
        template=(
            _SCANNED + "[, settings_id: {policy:host}]",
            _SCANNED
            + ', forced: {:name}[ {:name}] "{reason:unbracketed}"; score={:name} (set by {:host})'
            "[, settings_id: {policy:host}]",
            _SCANNED + "[, {detail:unbracketed}]",
            _VERDICT + r"\[{detail:rest}",
            _IDS + ", {detail:rest}",
            MODULE + "rspamd_task_write_log: {detail:rest}",
        ),
        samples=(
            (
                "<8ae27d>; proxy; rspamd_task_write_log: id: <1@example.com>, qid: <A785B308622AB>,"
                " ip: 192.0.2.7, from: <news@example.com>, (default: F (no action): [-0.64/15.00] "
                "[BAYES_HAM(-3.00){100.00%;},ASN(0.00){asn:64500, ipnet:192.0.2.0/24, country:US;},"
                "R_SPF_NA(0.00){}]), len: 2348, time: 750.636ms real, 5.680ms virtual, dns req: 47,"
                " digest: <b1035f4fb07162ba88053d9e38df9c93>, rcpts: <alice@example.org>, "
                "mime_rcpts: <alice@example.org,bob@example.org,...>"
            ),
            (
                "<cf1261>; csession; rspamd_task_write_log: id: <2@example.com>, qid: "
                "<4jYT8M5kLVzCT0c>, ip: 2001:db8::25, user: bob, from: <bob@example.org>, "
                "(default: T (reject): [25.00/15.00] [CLAM_VIRUS(0.00){Eicar-Signature;}]), len: "
                "1545, time: 41.2ms, dns req: 0, digest: <b1035f4fb07162ba88053d9e38df9c93>, "
                'rcpts: <alice@example.org,bob@example.org>, forced: reject "clamav: virus found: '
                '"Eicar-Signature""; score=nan (set by antivirus), settings_id: outbound'
            ),
            (
                "<cf1261>; task; rspamd_task_write_log: id: <undef>, qid: <undef>, ip: undef, "
                "(default: S (soft reject): [0.00/nan] []), len: 0, time: 1.5ms, dns req: 0, "
                "digest: <undef>, file: stdin, novel: 1"
            ),
            (
                "<cf1261>; task; rspamd_task_write_log: id: <3@example.com>, ip: 192.0.2.7, from: "
                "<a@example.com>, (default: F (add header): [7.50/15.00] "
                "[PHISHING(4.00){example.com->example.org;}]), len: 48306, time: 119.145ms, dns "
                "req: 24, digest: <18243eafedab9fa6e721f9d38a5db586>, rcpts: <alice@example.org>"
            ),
            (
                "<cf1261>; task; rspamd_task_write_log: id: <4@example.com>, qid: <A785B308622AB>, "
                "ip: 192.0.2.7, from: <a b@example.com>, (default: F (no action): [0.00/15.00] [])"
            ),
            "2026-11-24 03:37:01 #493(normal) <cf1261>; task; rspamd_task_write_log: spam",
        ),
        source=_TASK,
        common=True,
    ),
    Shape(
        event="rspamd.message_loaded",
        daemons=DAEMONS,
        template=FUNCTION + "loaded message; id: {message_id:word}[; queue-id: <{queue_id}>]"
        "[; queue-id: <{:host}>]; size: {size_bytes}; checksum: <{:host}>",
        samples=(
            (
                "<8ae27d>; proxy; rspamd_message_parse: loaded message; id: <1@example.com>; "
                "queue-id: <A785B308622AB>; size: 2348; checksum: "
                "<b1035f4fb07162ba88053d9e38df9c93>"
            ),
            (
                "<9f5d12>; csession; rspamd_message_parse: loaded message; id: <2@example.com>; "
                "queue-id: <undef>; size: 184445; checksum: <8469e25782e3fb573cff3088525bd481>"
            ),
        ),
        source="rspamd src/libmime/message.c",
        common=True,
    ),
    Shape(
        event="rspamd.message_learned",
        daemons=DAEMONS,
        template=FUNCTION + "<{client_address:text}> learned message as {verdict}: "
        "{message_id:rest}",
        samples=(
            (
                "<9f5d12>; csession; rspamd_controller_learn_fin_task: <192.0.2.9> learned message "
                "as spam: 1@example.com"
            ),
        ),
        source="rspamd src/controller.c",
    ),
    Shape(
        event="rspamd.learning_refused",
        daemons=DAEMONS,
        template=(
            FUNCTION + "{action:=cannot learn task}: {reason:rest}",
            FUNCTION + "{action:=cannot learn|cannot check} {message_id:word}: {reason:rest}",
            FUNCTION + "{action:=skip learning}: {reason:rest}",
            FUNCTION + "{message_id:word} message cannot be processed",
        ),
        samples=(
            (
                "<9f5d12>; csession; rspamd_controller_learn_fin_task: cannot learn "
                "<1@example.com>: <1@example.com> has been already learned as spam, ignore it"
            ),
            "<9f5d12>; csession; rspamd_stat_learn: skip learning: message has no tokens",
            "<9f5d12>; csession; rspamd_redis_learned: cannot learn task: Connection refused",
            (
                "<9f5d12>; csession; rspamd_controller_scan: <1@example.com> message cannot be "
                "processed"
            ),
        ),
        source="rspamd src/controller.c, src/libstat/stat_process.c",
    ),
    Shape(
        event="rspamd.result_forced",
        daemons=DAEMONS,
        template=FUNCTION + "{message_id:word}: set pre-result to [']{action:text}['] "
        "([{spam_score}][no score]): '{reason:rest}' from {service:host}({:int})",
        samples=(
            (
                "<a9d075>; task; rspamd_add_passthrough_result: <1@example.com>: set pre-result to "
                "'soft reject' (no score): 'Try again later' from greylisting(0)"
            ),
            (
                "<a9d075>; task; rspamd_add_passthrough_result: <1@example.com>: set pre-result to "
                "reject (15.00): 'Gtube pattern' from Gtube(3)"
            ),
        ),
        source="rspamd src/libmime/scan_result.c",
    ),
    Shape(
        event="rspamd.time_limit_reached",
        daemons=DAEMONS,
        template=(
            FUNCTION + "{stage:=processing|post-processing} of task time out: {duration_seconds}"
            "{s| second} spent; {detail:rest}",
            FUNCTION + "{stage:=pending async events|inflight symbols} at timeout: {detail:rest}",
            FUNCTION + "slow {:name} rule: {spam_rules:text}({:int}): {scan_milliseconds} ms; "
            "{detail:rest}",
        ),
        samples=(
            (
                "<8ae27d>; task; rspamd_task_timeout: processing of task time out: 8.0s spent; "
                "8.0s limit; forced processing"
            ),
            (
                "<8ae27d>; task; rspamd_task_timeout_log_state: pending async events at timeout: 2 "
                "(rspamd lua dns: 2)"
            ),
            (
                "<8ae27d>; task; process_symbol: slow synchronous rule: CLAM_VIRUS(77): 210.33 ms; "
                "no idle timer is needed"
            ),
        ),
        source=_TASK,
    ),
    Shape(
        event="rspamd.reply_modified",
        daemons=DAEMONS,
        template=(
            FUNCTION + "do not apply action {action:text}, {reason:=no_action} is set",
            FUNCTION + "{action:=discard|quarantine} message instead of rejection",
        ),
        samples=(
            (
                "<8ae27d>; milter; rspamd_milter_send_task_results: do not apply action reject, "
                "no_action is set"
            ),
            (
                "<8ae27d>; milter; rspamd_milter_send_task_results: quarantine message instead of "
                "rejection"
            ),
        ),
        source="rspamd src/libserver/milter.c",
    ),
    Shape(
        event="rspamd.pattern_found",
        daemons=DAEMONS,
        template=(
            FUNCTION + "gtube {action:text} pattern has been found in part of length {:int}",
            FUNCTION + "found [exact ]fuzzy hash({detail:text}) {:host}[ ({:host} requested)] with "
            "weight: {:float}, probability {:float}, in list: {spam_rules:rest}",
        ),
        samples=(
            (
                "<8ae27d>; task; rspamd_check_gtube: gtube reject pattern has been found in part "
                "of length 72"
            ),
            (
                "<8ae27d>; task; fuzzy_insert_result: found exact fuzzy hash(txt) 9f2b1c with "
                "weight: 1.00, probability 1.00, in list: FUZZY_DENIED:1; added on 2026-11-24 "
                "03:37:01 GMT"
            ),
        ),
        source="rspamd src/libmime/message.c, src/plugins/fuzzy_check.c",
    ),
    Shape(
        event="rspamd.message_faulty",
        daemons=DAEMONS,
        template=FUNCTION + "{reason:=cannot construct mime from stream|"
        "cannot construct full mime from stream|cannot handle request|cannot handle v3 request|"
        "got zero length body, cannot continue|cannot load message for fuzzy|received extra data "
        "after task is loaded, ignoring|too many newlines in message|words limit reached|message "
        "is too large|mailbox input detected|cannot find content-type for a message}[:][;][,][ "
        "{detail:rest}]",
        samples=(
            (
                "<8ae27d>; task; rspamd_message_parse: cannot construct mime from stream: invalid "
                "content type"
            ),
        ),
        source="rspamd src/libmime/message.c",
    ),
    Shape(
        event="rspamd.message_read",
        daemons=DAEMONS,
        template=(
            FUNCTION + "detected part language: {detail:rest}",
            FUNCTION + "converted text part from {detail:rest}",
            FUNCTION + "construct fake mime of type: {detail:rest}",
            FUNCTION + "regexp statistics: {detail:rest}",
            FUNCTION + "cannot direct compare multipart/alternative parts {detail:rest}",
            FUNCTION + "loaded message from {detail:rest}",
        ),
        samples=(
            "<adfb84>; proxy; rspamd_mime_part_detect_language: detected part language: de",
            (
                "<adfb84>; proxy; rspamd_mime_text_part_utf8_convert: converted text part from "
                "ISO-8859-1 ('ISO-8859-1' announced) to UTF-8 inlen: 812, outlen: 816 (812 UTF16 "
                "chars)"
            ),
            "<adfb84>; proxy; rspamd_message_from_data: construct fake mime of type: text/plain",
            (
                "<adfb84>; proxy; rspamd_task_stat: regexp statistics: 0 pcre regexps scanned, 4 "
                "regexps matched, 176 regexps total, 89 regexps cached, 0B scanned using pcre, "
                "9.57KiB scanned total"
            ),
            (
                "<adfb84>; proxy; rspamd_message_dist: cannot direct compare multipart/alternative "
                "parts with more than 6000 words in total: (5 words in one part and 6900 in "
                "another)"
            ),
            (
                "<adfb84>; proxy; rspamd_task_load_message: loaded message from zstd compressed "
                "stream; compressed: 2048; uncompressed: 4096"
            ),
        ),
        source="rspamd src/libmime/message.c, src/libmime/mime_encoding.c",
    ),
    Shape(
        event="rspamd.spf_read",
        daemons=DAEMONS,
        template=(
            FUNCTION + "stored SPF record for {header_domain:host} ({:name}) in LRU cache for "
            "{detail:rest}",
            FUNCTION + "stored DKIM key for {header_domain:host} in LRU cache for {detail:rest}",
            TAG + "spf; {:name}: {reason:rest}",
        ),
        samples=(
            (
                "<adfb84>; task; spf_lib: stored SPF record for example.com (0x210fb245cc27a354) "
                "in LRU cache for 260 seconds, 1/2000 elements in the cache"
            ),
            (
                "<adfb84>; task; dkim_module_key_handler: stored DKIM key for "
                "s1._domainkey.example.com in LRU cache for 3600 seconds, 1/2000 elements in the "
                "cache"
            ),
            (
                "<adfb84>; spf; spf_process_include: spf nesting limit: 11 > 10 is reached, "
                "domain: example.com"
            ),
        ),
        source="rspamd src/libserver/spf.c, src/plugins/dkim_check.c",
    ),
)
