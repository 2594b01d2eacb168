"""A real OpenSSH server with users of its own, and OpenSSH's client that tries to log in."""
import os
import subprocess

from .cell import Cell
from .packages import program, unpacked
from .tap import eventually

PORT = 22
USER, PASSWORD = "mika", "correct horse"
REFUSED = "git"  # exists, but may not log in

CONFIG = """\
Port {port}
ListenAddress 0.0.0.0
ListenAddress ::
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
DenyUsers {refused}
SyslogFacility AUTH
PidFile none
{more}
"""
PAM = """\
auth required pam_unix.so nodelay
account required pam_permit.so
session required pam_permit.so
"""
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
sshd:x:70301:65534::/run/sshd:/usr/sbin/nologin
mika:x:70302:65534::/:/bin/sh
git:x:70303:65534::/:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
SHADOW = "root:{hash}:19000::::::\nmika:{hash}:19000::::::\ngit:{hash}:19000::::::\n"

CLIENT_OPTIONS = (
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    "IdentityAgent=none",
    "IdentitiesOnly=yes",
    "LogLevel=QUIET",
    "ConnectTimeout=20",
)


def _hash(password):
    done = subprocess.run(
        ["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class SshServer:
    """sshd in the server's namespace. `log` is its log; `more` are lines of sshd_config."""

    def __init__(self, network, more="", name="sshd"):
        etc = {
            "passwd": PASSWD,
            "group": "root:x:0:\nnogroup:x:65534:\n",
            "shadow": SHADOW.format(hash=_hash(PASSWORD)),
            "pam.d/sshd": PAM,
        }
        self.program = program(unpacked("openssh-server"), "usr/sbin/sshd")
        self.network = network
        self.cell = Cell(network, name, etc, covered=["/run"], made=["/run/sshd"])
        self.log = self.cell.log
        self.folder = self.cell.folder
        for key in ("host_key", "user_key", "other_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.folder}/{key}"],
                check=True,
            )
        os.rename(f"{self.folder}/user_key.pub", f"{self.folder}/authorized_keys")
        self._file(
            "sshd_config",
            CONFIG.format(port=PORT, folder=self.folder, refused=REFUSED, more=more),
        )
        self._file("askpass", '#!/bin/sh\nprintf "%s\\n" "$TRIED_PASSWORD"\n', 0o755)

    def _file(self, name, text, mode=0o644):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.folder}/{name}", mode)

    def start(self):
        """Starts it and waits until it listens."""
        self.cell.start(self.program, "-D", "-f", f"{self.folder}/sshd_config")
        if not eventually(lambda: "Server listening on ::" in "\n".join(self.cell.lines()), 10):
            raise RuntimeError("sshd does not listen:\n" + "\n".join(self.cell.lines()))
        return self

    def login(self, source, server, user, **how):
        """One connection of OpenSSH's client from `source` in the attacker's namespace; how:
        password and tries, key (a file of the cell), method, more (options). Returns
        whether it got in."""
        password, tries, key = how.get("password"), how.get("tries", 1), how.get("key")
        usual = "publickey" if key else "none" if password is None else "password"
        methods = how.get("method", usual)
        options = [f"PreferredAuthentications={methods}", f"NumberOfPasswordPrompts={tries}"]
        if key:
            options.append(f"IdentityFile={self.folder}/{key}")
        argv = ["ssh", "-F", "none", "-T", "-p", str(PORT), "-b", source, "-l", user]
        for option in (*CLIENT_OPTIONS, *options, *how.get("more", ())):
            argv += ["-o", option]
        env = os.environ | {
            "SSH_ASKPASS": f"{self.folder}/askpass",
            "SSH_ASKPASS_REQUIRE": "force",
            "TRIED_PASSWORD": password or "",
        }
        done = self.network.attacker.run(
            *argv, server, "true", check=False, env=env, stdin=subprocess.DEVNULL
        )
        return done.returncode == 0
