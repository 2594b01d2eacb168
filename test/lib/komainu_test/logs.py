"""Log lines as Postfix and sshd write them, and a writer that rotates."""
import os
import time

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def stamp(when=None):
    """The RFC 3164 header of now (or of `when`, epoch seconds), with our host name."""
    local = time.localtime(when)
    return (
        f"{MONTHS[local.tm_mon - 1]} {local.tm_mday:2d} "
        f"{time.strftime('%H:%M:%S', local)} mx1"
    )


def sasl_failure(address, account, when=None):
    """One wrong password at Postfix."""
    return (
        f"{stamp(when)} postfix/smtpd[2101]: warning: unknown[{address}]: SASL LOGIN "
        f"authentication failed: UGFzc3dvcmQ6, sasl_username={account}\n"
    )


def ssh_failure(address, account, when=None):
    """One wrong password at sshd."""
    return (
        f"{stamp(when)} sshd[4420]: Failed password for invalid user {account} "
        f"from {address} port 40022 ssh2\n"
    )


class Log:
    """A log file that is written and rotated. `written` counts the lines, all files
    together."""

    def __init__(self, path, create=True):
        self.path = path
        self.written = 0
        self.generation = 0
        self.file = None
        if create:
            self.open()

    def open(self):
        """Opens the file, which is made if it is not there."""
        self.file = open(self.path, "ab", buffering=0)  # pylint: disable=consider-using-with
        os.chmod(self.path, 0o640)

    def write(self, *lines):
        """Appends lines with one write()."""
        self.raw("".join(lines).encode("utf-8", "surrogateescape"))
        self.written += len(lines)

    def raw(self, data):
        """Appends bytes with one write()."""
        size = self.file.write(data)
        if size != len(data):
            raise OSError(f"short write to {self.path}")

    def rename(self):
        """Moves the file away without a new one: writing goes on into the moved one."""
        self.generation += 1
        os.rename(self.path, f"{self.path}.{self.generation}")

    def rotate_by_rename(self):
        """What logrotate does by default: rename, create, and the writer reopens."""
        self.rename()
        self.file.close()
        self.open()

    def rotate_by_copy(self):
        """What logrotate does with copytruncate."""
        self.generation += 1
        with open(self.path, "rb") as file, open(f"{self.path}.{self.generation}", "wb") as copy:
            copy.write(file.read())
        os.truncate(self.path, 0)
