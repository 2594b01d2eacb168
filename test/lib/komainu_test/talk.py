"""An SMTP client that says what it is told, also what is wrong."""
import base64
import contextlib


def coded(text):
    """Base64, as AUTH has it."""
    return base64.b64encode(text.encode()).decode()


def plain(account, password):
    """A command that logs in."""
    return "AUTH PLAIN " + coded(f"\0{account}\0{password}")


def talk(namespace, source, server, lines, port=25):
    """Says `lines` one by one, waiting for each answer (a line in bytes is sent as it is), and
    QUIT at the end. Returns the codes of the answers; what comes after the server has
    closed is lost."""
    codes = []
    with namespace.connect(source, server, port) as connection, connection.makefile("rb") as file:

        def answer():
            while True:
                line = file.readline(4096)
                if line[3:4] != b"-":
                    break
            codes.append(line[:3].decode())

        with contextlib.suppress(OSError):
            answer()
            for line in (*lines, "QUIT"):
                connection.sendall(line if isinstance(line, bytes) else line.encode() + b"\r\n")
                answer()
    return codes
