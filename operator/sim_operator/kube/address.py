"""Addresses by which processes of the operator reach each other: an IP and a port, nothing else.

Credentials are sent to such an address. So what another process published is read strictly, and
written anew from what was understood.
"""

import ipaddress
import re
import socket

_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15})):([1-9][0-9]{0,4})", re.ASCII)


def own_address(api_host: str, api_port: int) -> str:
    """This machine's IP towards the API server, as part of a URL: IPv6 in brackets.

    No packet is sent; a host name is resolved, which may take a while.

    Raises:
        OSError: there is no way to it.
    """
    found = socket.getaddrinfo(api_host, api_port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(address)
        return bracketed(str(probe.getsockname()[0]))


def bracketed(ip: str) -> str:
    """An IP as part of a URL."""
    return f"[{ip}]" if ":" in ip else ip


def place(text: object) -> str | None:
    """`10.0.0.7:8081` or `[fd00::7]:8081`, canonical; None for anything else.

    None, too, for addresses that are no single machine's, for those of a link, where clouds tell
    secrets, and for names: whoever answers for a name may change.
    """
    match = _PLACE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    six, four, port = match.groups()
    try:
        ip = ipaddress.IPv6Address(six) if six else ipaddress.IPv4Address(four)
    except ValueError:
        return None
    nowhere = ip.is_multicast or ip.is_unspecified or ip.is_link_local
    if int(port) > 65535 or nowhere or str(ip) == "255.255.255.255":
        return None
    return f"{bracketed(str(ip))}:{port}"
