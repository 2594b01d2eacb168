"""A mail server that takes everything and keeps it; and the heads of mails, decoded."""
import email
import email.header
import socket
import threading


class Sink:
    """Listens on the loopback; `mails` are texts, as they came. Use it in a `with` statement."""

    def __init__(self):
        self.mails = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            with link, link.makefile("rwb") as file:
                self._talk(file)

    def _talk(self, file):
        def say(text):
            file.write(text + b"\r\n")
            file.flush()

        say(b"220 sink")
        for line in file:
            verb = line[:4].upper()
            if verb == b"DATA":
                say(b"354 go on")
                lines = iter(file.readline, b".\r\n")
                self.mails.append(b"".join(lines).decode())
            say(b"221 bye" if verb == b"QUIT" else b"250 ok")


def head(text):
    """(From, To, Subject) of a mail, decoded."""
    mail = email.message_from_string(text)
    return tuple(str(email.header.make_header(email.header.decode_header(mail[name]))) for name in ("From", "To", "Subject"))


def body(text):
    """Its text, decoded."""
    return email.message_from_string(text).get_payload(decode=True).decode()
