"""The settings that clamd reports when it starts, and what it finds wrong with them."""

from parsers.clamav import at
from parsers.shapes import Shape

_CLAMD = ("clamd",)
_SOURCE = "clamav clamd/clamd.c, clamd/server-th.c, clamd/localserver.c, clamd/tcpserver.c"

SHAPES = (
    Shape(
        event="clamd.setting_reported",
        daemons=_CLAMD,
        template=at(
            "Limits: {detail:text} limit set to {status:text}.",
            "{detail:text} {status:=enabled|disabled}[.]",
            '{detail:text} set to "{status:text}".',
            "{detail:=Received} {status:name} file descriptor(s) from systemd.",
            "{detail:=Self checking every|Log file size limited to|LOCAL: Setting connection "
            "queue length to|TCP: Setting connection queue length to|Set stacksize to|Max A-C "
            "depth set to|Structured: Minimum Credit Card Number Count set to|Structured: Minimum "
            "Social Security Number Count set to} {status:text}[.]",
            "{detail:=Not loading PUA signatures|Not loading phishing signatures|Only loading "
            "official signatures|Only using the A-C matcher|Disabling URL based phishing "
            "detection|OLE2: Alerting on all VBA macros|Bytecode: Enabled support for unsigned "
            "bytecode|Heuristic alerting enabled for scans that exceed set maximums}.",
            "{detail:=Phishing: Always checking for cloaked urls|Phishing: Always checking for "
            "ssl mismatches|Raw DMG: Alert on partitions intersections}",
            "{detail:=Excluded PUA categories|Included PUA categories}:{status:rest}",
        ),
        samples=(
            "Limits: Global time limit set to 120000 milliseconds.",
            "Limits: MaxPartitions limit set to 50.",
            "Portable Executable support enabled.",
            "AlertExceedsMax heuristic detection disabled.",
            'Bytecode: Security mode set to "TrustSigned".',
            "Self checking every 600 seconds.",
            "LOCAL: Setting connection queue length to 200",
            "Received 0 file descriptor(s) from systemd.",
            "Not loading PUA signatures.",
            "Phishing: Always checking for cloaked urls",
            "Excluded PUA categories: NetTool",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="clamd.setting_faulty",
        daemons=_CLAMD,
        template=at(
            "{detail:=MaxQueue value|MaxQueue is lower than|MaxThreads * MaxRecursion is|"
            "MaxRecursion set to|Invalid StreamMinPort/StreamMaxPort:|ExcludePUA and IncludePUA "
            "cannot|Invalid bytecode security setting|Unable to parse bytecode security setting:|"
            "Current configuration of|Encrypted archive alerting requested,|System limit for file "
            "size is|Cannot obtain resource limits|Using deprecated option|Localserver is not "
            "supported|VirusEvent is not supported|Unable to set extended FILE stdio,|Running on "
            "32-bit|Solaris only supports} {reason:rest}",
        ),
        samples=("MaxQueue value too low, increasing to: 24",),
        source=_SOURCE,
    ),
)
