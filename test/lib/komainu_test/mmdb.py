"""A writer of MaxMind's format (MMDB 2.0): a search tree over the bits of IPv6 addresses, with IPv4
below ::/96, the data of its leaves, and the metadata. Records have 24 bits.
"""
import ipaddress
import struct

MARK = b"\xab\xcd\xefMaxMind.com"
MAP, TEXT, U16, U32, ARRAY, U64 = 7, 2, 5, 6, 11, 9


def _head(kind, size):
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])


def _encode(value):
    if isinstance(value, dict):
        return _head(MAP, len(value)) + b"".join(_encode(k) + _encode(v) for k, v in value.items())
    if isinstance(value, list):
        return _head(ARRAY, len(value)) + b"".join(map(_encode, value))
    if isinstance(value, str):
        assert len(value) < 285
        size = len(value.encode())
        head = _head(TEXT, size) if size < 29 else bytes([TEXT << 5 | 29, size - 29])
        return head + value.encode()
    kind, number = value
    text = struct.pack(">Q", number).lstrip(b"\0")
    return _head(kind, len(text)) + text


def _bits(network):
    network = ipaddress.ip_network(network)
    if network.version == 4:
        return f"{int(network.network_address):0128b}"[:96 + network.prefixlen]
    return f"{int(network.network_address):0128b}"[:network.prefixlen]


def _tree(networks):
    """The nodes, each of two records (None, a node, or a leaf's place in the data), and the data."""
    nodes, data, leaves = [[None, None]], b"", {}
    for network, entry in sorted(networks.items(), key=lambda pair: len(_bits(pair[0]))):
        encoded, at, bits = _encode(entry), 0, _bits(network)
        if encoded not in leaves:
            leaves[encoded] = len(data)
            data += encoded
        for bit in map(int, bits[:-1]):
            if not isinstance(nodes[at][bit], int):
                nodes.append([nodes[at][bit]] * 2)
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][int(bits[-1])] = ("leaf", leaves[encoded])
    return nodes, data


def write(path, networks, kind="GeoLite2-ASN"):
    """`networks`: NETWORK -> what its entry has: a number stands for that of an AS."""
    nodes, data = _tree({network: {"autonomous_system_number": (U32, entry)} if isinstance(entry, int) else entry
                         for network, entry in networks.items()})
    tree = b""
    for record in (record for node in nodes for record in node):
        number = record if isinstance(record, int) else len(nodes)
        if isinstance(record, tuple):
            number = len(nodes) + 16 + record[1]
        tree += number.to_bytes(3, "big")
    metadata = {
        "binary_format_major_version": (U16, 2), "binary_format_minor_version": (U16, 0),
        "build_epoch": (U64, 1700000000), "database_type": kind, "description": {"en": "a test"},
        "ip_version": (U16, 6), "languages": ["en"], "node_count": (U32, len(nodes)),
        "record_size": (U16, 24),
    }
    with open(path, "wb") as file:
        file.write(tree + bytes(16) + data + MARK + _encode(metadata))
