"""OpenDKIM: messages that it cannot read, keys that it cannot use, and the daemon itself."""

from parsers.milters.frame import JOB, frame
from parsers.shapes import Shape

_SOURCE = "opendkim opendkim/opendkim.c"
_DAEMONS = ("opendkim",)

SHAPES = (
    Shape(
        event="opendkim.message_malformed",
        daemons=_DAEMONS,
        template=(
            JOB + "{reason:=can't determine message sender; accepting|no sender header found}",
            JOB + "RFC{5322|2822} {reason:=header requirement error}[: {detail}]",
            JOB + "can't parse {detail:text}[:] header value {'|`}{checked_text:rest}'",
            JOB + "can't parse {detail:text} value {'|`}{checked_text:rest}'",
            JOB + "can't parse {detail:text}: header",
            JOB + 'overflow parsing "{checked_text:rest}"',
            JOB + "failed to parse {detail:text}: header[ field]",
            JOB + "cannot find identity header {detail}",
        ),
        samples=(
            "CD5DD16271C: can't determine message sender; accepting",
            "CD5DD16271C: RFC5322 header requirement error: missing From field",
            "CD5DD16271C: can't parse From: header value 'anna'",
            "CD5DD16271C: can't parse default sender value 'anna'",
            "CD5DD16271C: can't parse To: header",
            'CD5DD16271C: overflow parsing "To"',
            "CD5DD16271C: failed to parse Authentication-Results: header field",
            "CD5DD16271C: cannot find identity header X-Identity",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="opendkim.library_failed",
        daemons=_DAEMONS,
        template=(
            JOB + "{reason:=signature generation error}: {detail}",
            JOB + "{reason:=internal error from libopendkim}: {detail}",
            JOB + "{reason:=resource unavailable}: {detail}",
            '{queue_id} {reason:=dkim_add_xtag()} for "{detail:text}" failed',
            JOB + "{reason:=failed to add default signing request}",
            JOB + "{can't create|can't initialize|can't set|can't verify|error handling}"
            " {reason:=VBR|VBR-Info}{detail}",
            JOB + "ADSP {reason:=query}[ failed][: {detail}]",
            JOB + 'reputation {reason:=query} for ["]{dkim_domain:word}["][ domain] failed{detail}',
            JOB + '{reason:=no reputation data} available for ["]{dkim_domain:word}["][ domain]',
            '{reason:=error looking up} "{checked_text:rest}" in database: {detail:text}',
            "statistics {reason:=recording failed}",
            JOB + "{reason:=curl_easy_perform()} to {file_name} failed: {detail}",
            JOB + "dk_{reason:name}() returned status {detail}",
            (
                "[" + JOB + "]{can't initialize|error checking} {reason:=reputation query|"
                "report interval database|DK library|body length DB mutex}[: {detail}]"
            ),
        ),
        samples=(
            "9BB5B162711: signature generation error: bad key",
            "CD5DD16271C: internal error from libopendkim: out of memory",
            "CD5DD16271C: resource unavailable: d2i_PUBKEY_bio() failed",
            '9BB5B162711 dkim_add_xtag() for "r" failed',
            "9BB5B162711: failed to add default signing request",
            "CD5DD16271C: can't verify VBR information: timeout",
            "CD5DD16271C: ADSP query failed",
            'CD5DD16271C: reputation query for "partner.example" failed: timeout',
            'CD5DD16271C: no reputation data available for "partner.example"',
            'error looking up "partner.example" in database: timeout',
            "statistics recording failed",
            "CD5DD16271C: curl_easy_perform() to smtp://mx.lab.example failed: timeout",
            "CD5DD16271C: dk_eom() returned status 5: bad header",
            "can't initialize DK library",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="opendkim.key_failed",
        daemons=_DAEMONS,
        template=(
            "key '{detail:text}' {reason:=could not be applied|could not be loaded|not found}",
            "key '{detail:text}': {reason:rest}",
            "error requesting key '{detail:text}'",
            "failed to load/apply {detail:=default key}",
            "KeyTable entry for '{detail:text}' {reason:=corrupt|cannot be resolved}",
            "can't load key from {file_name}: {reason:rest}",
            JOB + "error loading key '{detail:text}'",
            JOB + "{reason:=signing table references unknown key} '{detail:text}'",
            JOB + "{reason:=error reading signing table}",
            JOB + "failed to add signature for [default ]key[ '{detail:text}']",
            "{queue_id}: no key selected for signing",
        ),
        samples=(
            "key 'mail2024' not found",
            "key 'mail2024': dkimf_db_get(): timeout",
            "error requesting key 'mail2024'",
            "failed to load/apply default key",
            "KeyTable entry for 'mail2024' corrupt",
            "can't load key from /etc/dkimkeys/mail2024.private: Permission denied",
            "9BB5B162711: error loading key 'mail2024'",
            "9BB5B162711: signing table references unknown key 'mail2024'",
            "9BB5B162711: error reading signing table",
            "9BB5B162711: failed to add signature for key 'mail2024'",
            "9BB5B162711: no key selected for signing",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="opendkim.key_exposed",
        daemons=_DAEMONS,
        template="{file_name}: key data is not secure[: {reason:rest}]",
        samples=(
            "lab.example: key data is not secure: /tmp can be read or written by other users",
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    Shape(
        event="opendkim.algorithm_unsupported",
        daemons=_DAEMONS,
        template="[WARNING: ]verifier mode operating without {dkim_algorithm} support"
        "[; {action:=terminating}]",
        samples=("WARNING: verifier mode operating without rsa-sha256 support",),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    *frame("opendkim", _DAEMONS, "OpenDKIM Filter", _SOURCE),
)
