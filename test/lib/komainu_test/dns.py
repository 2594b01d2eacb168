"""A name server for tests: a few A, AAAA, MX, NS, PTR and TXT records, and NXDOMAIN for the rest."""
import contextlib
import ipaddress
import socket
import struct
import threading

A, NS, PTR, MX, TXT, AAAA = 1, 2, 12, 15, 16, 28
OPT = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)  # what a server has in answers to EDNS


def reverse(address, zone=None):
    """The name under which a reverse zone or a DNS list has an IPv4 address."""
    labels = ".".join(reversed(address.split(".")))
    return f"{labels}.{zone or 'in-addr.arpa'}"


def _labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def _data(kind, value):
    if kind == A:
        return ipaddress.IPv4Address(value).packed
    if kind == AAAA:
        return ipaddress.IPv6Address(value).packed
    if kind == TXT:
        pieces = [value[at:at + 255] for at in range(0, len(value), 255)] or [""]
        return b"".join(bytes([len(piece)]) + piece.encode() for piece in pieces)
    return (struct.pack("!H", 10) if kind == MX else b"") + _labels(value)


class Resolver:
    """Answers over UDP in a namespace. `records` has name -> [(type, text)]; names in `silent`
    get no answer, those in `failing` SERVFAIL. `asked` are the names of all questions. Names in `large` are said over UDP to
    be too large for it, and answered over TCP; `asked_tcp` are those that were asked there; of those that are `silent`, too, nothing is answered there."""

    def __init__(self, namespace, records, address="127.0.0.1"):
        self.records = {name.lower(): values for name, values in records.items()}
        self.silent, self.failing, self.asked = set(), set(), []
        self.large, self.asked_tcp = set(), []
        with namespace.entered():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.bind((address, 53))
        self.listener.bind((address, 53))
        self.listener.listen()
        self.address = address
        for serve in (self._serve, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        """Stops answering."""
        self.socket.close()
        self.listener.close()

    def _serve_tcp(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        """One connection; the answer comes in two pieces, as TCP may bring it."""
        with contextlib.suppress(OSError, IndexError, UnicodeError, struct.error), peer, \
                peer.makefile("rb") as stream:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while head := stream.read(2):
                query = stream.read(struct.unpack("!H", head)[0])
                self.asked_tcp.append(self._name(query, 12)[0])
                if self.asked_tcp[-1] in self.silent:
                    return
                answer = self._answer(query)
                framed = struct.pack("!H", len(answer)) + answer
                peer.sendall(framed[:9])
                peer.sendall(framed[9:])

    def _serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(2048)
                name, _ = self._name(query, 12)
                self.asked.append(name)
                if name in self.large:
                    self.socket.sendto(self._cut(query), peer)
                elif name not in self.silent:
                    answer = self._answer(query)
                    if len(answer) > (1232 if self._has_edns(query) else 512):
                        answer = self._cut(query)
                    self.socket.sendto(answer, peer)
            except OSError:
                return
            except (IndexError, UnicodeError, struct.error):
                continue  # no question of ours

    def _answer(self, query):
        number, flags = struct.unpack_from("!HH", query)
        name, at = self._name(query, 12)
        kind = struct.unpack_from("!H", query, at)[0]
        values = self.records.get(name)
        answers = b"".join(
            struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data
            for data in (_data(k, value) for k, value in values or () if k == kind)
        )
        count = sum(k == kind for k, _ in values or ())
        code = 2 if name in self.failing else 0 if values is not None else 3
        edns = OPT if self._has_edns(query) else b""
        head = struct.pack("!HHHHHH", number, 0x8480 | (flags & 0x100) | code, 1, count, 0, bool(edns))
        return head + query[12 : at + 4] + answers + edns

    def _cut(self, query):
        """No answer but that there is more than fits: the TC bit."""
        end = self._name(query, 12)[1] + 4
        number, flags = struct.unpack_from("!HH", query)
        head = struct.pack("!HHHHHH", number, 0x8680 | (flags & 0x100), 1, 0, 0, 0)
        return head + query[12:end]

    @staticmethod
    def _has_edns(query):
        return struct.unpack_from("!H", query, 10)[0] > 0

    @staticmethod
    def _name(query, at):
        parts = []
        while query[at]:
            parts.append(query[at + 1 : at + 1 + query[at]].decode("ascii").lower())
            at += 1 + query[at]
        return ".".join(parts), at + 1
