"""What addresses are grouped by, as SQL: the domain of a mailbox, the network of a client."""


def domain_of(address: str) -> str:
    """The domain of an address, in lower case; '' where it has none."""
    return f"lower(regexp_extract({address}, '@([^@]*)$', 1))"


def network_of(address: str) -> str:
    """The /24 or /48 that an IP address is of; NULL for what is none."""
    first_groups = f"regexp_extract(lower({address}), '^[0-9a-f]*(?::[0-9a-f]+){{0,2}}')"
    return f"""CASE WHEN contains({address}, ':')
        THEN regexp_replace({first_groups}, '(?::0+)+$', '') || '::/48'
        ELSE nullif(regexp_extract({address}, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.'), '') || '0/24' END"""
