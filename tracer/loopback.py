"""Which hosts are this machine."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    from ipaddress import ip_address  # few commands need it

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
