"""Which numeric addresses are public: only those are connected to for a stranger's link."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Besides what ``ipaddress`` knows, which differs between versions of Python.
# Source: IANA's registries of special-purpose addresses for IPv4 and IPv6.
_REFUSED_IPV4 = tuple(
    map(
        ip_network,
        """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
        192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16
        192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4""".split(),
    )
)
# Of IPv6 only what is handed out to networks is public. Addresses that hold an IPv4 address
# (mapped, compatible, 6to4, Teredo, NAT64) are all outside or refused.
_GLOBAL_IPV6 = ip_network("2000::/3")
_REFUSED_IPV6 = tuple(map(ip_network, "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split()))


def is_public(address: str) -> bool:
    """Return whether a numeric address is a public one, of one machine."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not any(parsed in net for net in _REFUSED_IPV4)
    public = parsed.is_global and parsed in _GLOBAL_IPV6 and not parsed.scope_id
    return public and not any(parsed in net for net in _REFUSED_IPV6)
