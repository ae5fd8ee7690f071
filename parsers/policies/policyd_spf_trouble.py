"""policyd-spf and pyspf-milter: settings, errors, and what they say with a higher debugLevel."""

from parsers.shapes import Shape

_DAEMONS = ("policyd-spf", "pyspf-milter")
_SOURCE = "spf-engine spf_engine/__init__.py, policydspfsupp.py, policydspfuser.py, util.py"

SHAPES = (
    Shape(
        event="policyd_spf.error_logged",
        daemons=_DAEMONS,
        template=(
            'ERROR stating "{file_name}": {reason:rest}',
            'ERROR parsing line "{checked_text:rest}" from file "{file_name}"',
            'ERROR: Unknown name "{checked_text:text}" in file "{file_name}"[ {detail}]',
            "ERROR: {reason:rest}",
        ),
        samples=(
            'ERROR stating "/etc/policyd-spf.conf": No such file or directory',
            'ERROR parsing line "TestOnly" from file "/etc/policyd-spf.conf"',
            'ERROR: Unknown name "Test" in file "/etc/policyd-spf.conf" in per user settings',
            'ERROR: Could not match line "x"',
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="policyd_spf.warning_logged",
        daemons=_DAEMONS,
        template="WARNING: {reason:rest}",
        samples=(
            "WARNING: Deprecated Config Option defaultSeedOnly in use in: /etc/policyd-spf.conf",
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    Shape(
        event="policyd_spf.configuration_failed",
        daemons=_DAEMONS,
        template=(
            "Configuration File parsing error: {detail}",
            'Configuration item "{detail:text}" not defined in file "{file_name}"',
            "{detail:=Authserv_Id|Header_Type} {reason:text} - invalid configuration.",
            "Could not make {detail:text}: {reason:rest}",
            "Unable to write pidfle {file_name}. {reason:rest}",
        ),
        samples=(
            "Configuration File parsing error: HELO_reject",
            'Configuration item "x" not defined in file "/etc/policyd-spf.conf"',
            "Authserv_Id not set for authentication results header - invalid configuration.",
            "Could not make HostDataset from InternalHosts: bad address",
            "Unable to write pidfle /run/pyspf-milter.pid.  File exists.",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="policyd_spf.check_failed",
        daemons=_DAEMONS,
        template=(
            "Ouch, caught exc: Exception: {detail}",
            "spfcheck: {reason:=No client address|No sender or helo}, exiting",
        ),
        samples=(
            "Ouch, caught exc: Exception: (<class 'ValueError'>, ValueError('x')), locals: {}",
            "spfcheck: No sender or helo, exiting",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="policyd_spf.program_failed",
        daemons=_DAEMONS,
        template=(
            "Traceback (most recent call last):{detail}",
            '  File "{file_name}", line {detail}',
            "{:name}Error: {reason:rest}",
        ),
        samples=(
            "Traceback (most recent call last):",
            '  File "/usr/bin/policyd-spf", line 33, in <module>#012    sys.exit(main())',
            "ValueError: '' does not appear to be an IPv4 or IPv6 address",
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="policyd_spf.user_settings_used",
        daemons=_DAEMONS,
        template="Per user configuration data in use for: {recipient:rest}",
        samples=("Per user configuration data in use for: dave@lab.example",),
        source=_SOURCE,
    ),
    Shape(
        event="policyd_spf.client_connected",
        daemons=_DAEMONS,
        template="connect from {client_name:text} at ('{client_address}', {client_port}[, 0, 0])"
        " {detail:=INTERNAL|EXTERNAL}",
        samples=("connect from mail.partner.example at ('203.0.113.5', 41522) EXTERNAL",),
        source="spf-engine spf_engine/milter_spf.py",
    ),
    Shape(
        event="policyd_spf.message_begun",
        daemons=_DAEMONS,
        template=(
            "mail from: <{envelope_sender:balanced}> ({detail:text})",
            "mail from: {detail}",
        ),
        samples=("mail from: <anna@partner.example> ('SIZE=500',)", 'mail from: <"odd> ()'),
        source="spf-engine spf_engine/milter_spf.py",
    ),
    Shape(
        event="policyd_spf.started",
        daemons=_DAEMONS,
        template="pyspf-milter started:{peer_pid} user:{username}",
        samples=("pyspf-milter started:118 user:pyspf-milter",),
        source="spf-engine spf_engine/milter_spf.py",
    ),
    Shape(
        event="policyd_spf.debugged",
        daemons=_DAEMONS,
        template=(
            "Action: {action:name}: Text: {reason:rest} Reject action: {detail}",
            'Read line: "{checked_text:rest}"',
            "{detail:=Starting|Normal exit|Found the end of entry|not peruser}",
            "{Config|Cached data for this instance|_get_resultcodes|Header type}: {detail}",
            "{Scope helo|Scope mfrom|helo policy|mfrom policy} {detail}",
            "{readConfigFile|readUserConfigFile}: {detail}",
            (
                "{skip_addresses|Whitelist|Domain Whitelist|PTR Domain Whitelist|"
                "HELO Domain Whitelist|Domain_Whitelist|HELO_Whitelist} {detail}"
            ),
            (
                "{Starting to process|User data|Reading|Per-user settings|Authserv_Id before|"
                "Authserv_Id after|Pyspf Cached|Internal connection|Header text|PID dir created|"
                "drop_privileges}{detail}"
            ),
        ),
        samples=(
            "Action: prepend: Text: Received-SPF: Pass (mailfrom) x Reject action: 550 5.7.23",
            'Read line: "helo_name=mail.partner.example"',
            "Starting",
            "Config: {'debugLevel': 4}",
            "Scope helo unused results: ['Pass', 'None']",
            'readConfigFile: Loading "/etc/policyd-spf.conf"',
            "skip_addresses enabled.",
            "User data: ['dave@lab.example']",
        ),
        source=_SOURCE,
        constants={"severity": "info"},
    ),
)
