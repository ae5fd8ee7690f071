"""Who refuses our mail: the provider behind the next hop's name, and the block list that is named.

A provider is known by the domain of its servers, which is the one thing about a reply that its
text cannot claim. A list is known by its name in the text.
"""

PROVIDERS: dict[str, tuple[str, ...]] = {
    "Apple": ("icloud.com", "apple.com", "me.com"),
    "AT&T": ("prodigy.net", "att.net"),
    "Barracuda": ("barracudanetworks.com", "cudamail.com"),
    "Broadcom (Symantec)": ("messagelabs.com", "messagelabs.net"),
    "Charter": ("charter.net", "rr.com"),
    "Cisco": ("iphmx.com",),
    "Cloudflare": ("cloudflare.net",),
    "Comcast": ("comcast.net",),
    "Cox": ("cox.net",),
    "Fastmail": ("messagingengine.com",),
    "Free": ("free.fr", "proxad.net"),
    "Freenet": ("freenet.de",),
    "GoDaddy": ("secureserver.net",),
    "Google": ("google.com", "googlemail.com", "gmail.com"),
    "Hornetsecurity": ("hornetsecurity.com", "antispameurope.com"),
    "Italiaonline": ("libero.it", "virgilio.it"),
    "La Poste": ("laposte.net",),
    "mailbox.org": ("mailbox.org",),
    "Mail.ru": ("mail.ru",),
    "Microsoft": ("outlook.com", "hotmail.com", "microsoft.com", "office365.us"),
    "Mimecast": ("mimecast.com", "mimecast-offshore.com"),
    "NetEase": ("netease.com", "163.com", "126.com"),
    "Orange": ("orange.fr", "wanadoo.fr"),
    "OVH": ("ovh.net",),
    "Posteo": ("posteo.de",),
    "Proofpoint": ("pphosted.com", "ppe-hosted.com", "gpphosted.com"),
    "Proton": ("protonmail.ch", "proton.me"),
    "Rambler": ("rambler.ru",),
    "Seznam": ("seznam.cz",),
    "SFR": ("sfr.fr",),
    "Sophos": ("sophos.com", "reflexion.net"),
    "Strato": ("rzone.de",),
    "Swisscom": ("bluewin.ch",),
    "Telekom": ("t-online.de",),
    "Telstra": ("bigpond.com",),
    "Tencent": ("qq.com",),
    "Trend Micro": ("trendmicro.com", "trendmicro.eu"),
    "United Internet (GMX, Web.de, IONOS)": (
        "gmx.net", "gmx.com", "web.de", "mail.com", "kundenserver.de", "ionos.com", "1and1.com",
    ),
    "Virgin Media": ("virginmedia.com", "blueyonder.co.uk"),
    "Vodafone": ("arcor-online.net", "vodafonemail.de"),
    "Yahoo": ("yahoodns.net", "yahoo.com", "aol.com"),
    "Yandex": ("yandex.ru", "yandex.net"),
    "Zoho": ("zoho.com", "zoho.eu", "zoho.in"),
}  # fmt: skip

# The first that fits is named; patterns as in rules.py.
LISTS: tuple[tuple[str, str], ...] = (
    ("Spamhaus", "spamhaus"),
    ("SpamCop", "spamcop"),
    ("Barracuda", "barracuda"),
    ("Cloudmark", "cloudmark"),
    ("Proofpoint", "proofpoint"),
    ("Mimecast", "mimecast"),
    ("Cisco Talos", "senderbase|talosintelligence"),
    ("Trend Micro", "trendmicro|mail-abuse\\.com|\\bers-"),
    ("Abusix", "abusix"),
    ("UCEPROTECT", "uceprotect"),
    ("Invaluement", "\\bivm(?:sip|uri)|invaluement"),
    ("SORBS", "\\bsorbs\\b"),
    ("NiX Spam", "manitu\\.net|nixspam"),
    ("PSBL", "\\bpsbl\\b"),
    ("CBL", "abuseat\\.org"),
    ("Mailspike", "mailspike"),
    ("Hostkarma", "junkemailfilter|hostkarma"),
    ("DroneBL", "dronebl"),
    ("SpamRATS", "spamrats"),
    ("Microsoft", "\\bs31[45]0\\b|sender\\.office\\.com|\\(as31[45]0\\)"),
)
LISTED_BY = r"(?:blocked using|listed (?:by|in|on|at)|blocked by) \(?([a-z0-9-]+(?:\.[a-z0-9-]+)+)"

DOMAINS = {domain: provider for provider, domains in PROVIDERS.items() for domain in domains}
assert len(DOMAINS) == sum(map(len, PROVIDERS.values())), "a domain is of two providers"
