"""The messages between the roles, read from wire.def, for tests that play a role."""
import re
import socket
import struct

from .guard import ROOT

INTEGERS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q"}


def _definitions():
    """name -> [(type, field)], and the names in the order of their numbers."""
    with open(f"{ROOT}/src/wire/wire.def", encoding="ascii") as file:
        text = file.read().replace("\\\n", " ")
    fields = {}
    for name, body in re.findall(r"#define WIRE_(\w+)\(X\)(.*)", text):
        alias = re.match(r"\s*WIRE_(\w+)\(X\)", body)
        fields[name] = fields[alias[1]] if alias else re.findall(r"X\((\w+), (\w+), \d+\)", body)
    table = text[text.index("#define WIRE_MESSAGES") :]
    return fields, re.findall(r"MESSAGE\((\w+), \w+, \w+\)", table)


FIELDS, NAMES = _definitions()


def address(text, bits=None):
    """An addr: family, bits, 16 bytes. `bits` may be a lie."""
    family = 6 if ":" in text else 4
    raw = socket.inet_pton(socket.AF_INET6 if family == 6 else socket.AF_INET, text)
    return struct.pack("<BB16s", family, bits if bits is not None else len(raw) * 8, raw)


def frame(name, **values):
    """One frame. A text is given as bytes, an addr as of address()."""
    body = b""
    for kind, field in FIELDS[name]:
        value = values[field]
        if kind == "text":
            body += struct.pack("<H", len(value)) + value
        else:
            body += value if kind == "addr" else struct.pack(INTEGERS[kind], value)
    return struct.pack("<HH", NAMES.index(name) + 1, len(body)) + body


def frames(packet):
    """The frames of a packet as (name, fields as a dictionary)."""
    at = 0
    while at + 4 <= len(packet):
        number, length = struct.unpack_from("<HH", packet, at)
        yield NAMES[number - 1], _values(NAMES[number - 1], packet[at + 4 : at + 4 + length])
        at += 4 + length


def _values(name, body):
    values = {}
    for kind, field in FIELDS[name]:
        if kind == "text":
            size = struct.unpack_from("<H", body)[0]
            values[field], body = body[2 : 2 + size], body[2 + size :]
        elif kind == "addr":
            values[field], body = body[:18], body[18:]
        else:
            size = struct.calcsize(INTEGERS[kind])
            values[field] = struct.unpack(INTEGERS[kind], body[:size])[0]
            body = body[size:]
    return values
