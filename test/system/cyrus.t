#!/usr/bin/python3
"""A real Cyrus IMAP: imapd, pop3d, timsieved, TLS. What the filter says of what they send to
syslog is compared with what was done: one attempt is one counted failure, and no name moves
an address.

Debian's Cyrus cannot be installed beside Dovecot: test/lib/fetch_packages unpacks it into a
folder, which is mounted over /usr for Cyrus' processes alone.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import (  # noqa: E402
    Talk,
    by_address,
    events,
    make_certificate,
    no_dns,
    plain,
)
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.net import (  # noqa: E402
    SERVER4,
    SERVER6,
    Network,
    attacker4,
    attacker6,
)
from komainu_test.talk import coded  # noqa: E402
from komainu_test.unpacked import Unpacked, folder_of  # noqa: E402

IMAP, IMAPS, POP3, SIEVE = 143, 993, 110, 4190
GREETINGS = {IMAP: "* OK", IMAPS: "* OK", POP3: "+OK", SIEVE: "OK"}
USER, PASSWORD = "anna", "correct horse"
UID = 70310  # nobody's on the machine

IMAPD_CONF = """\
servername: mx1.example.com
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
sieveusehomedir: false
sievedir: /var/spool/sieve
lmtpsocket: /run/cyrus/socket/lmtp
idlesocket: /run/cyrus/socket/idle
notifysocket: /run/cyrus/socket/notify
allowplaintext: yes
failedloginpause: 0
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /etc/sasldb2
sasl_mech_list: PLAIN LOGIN CRAM-MD5
tls_server_cert: /etc/cert.pem
tls_server_key: /etc/key.pem
syslog_prefix: cyrus
"""

CYRUS_CONF = """\
START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}
SERVICES {
  imap cmd="imapd" listen="imap" prefork=0
  imaps cmd="imapd -s" listen="imaps" prefork=0
  pop3 cmd="pop3d" listen="pop3" prefork=0
  sieve cmd="timsieved" listen="4190" prefork=0
}
EVENTS {
}
"""

START = """\
set -e
echo "$PASSWORD" | saslpasswd2 -p -c -f /etc/sasldb2 -u mx1.example.com "$ACCOUNT"
chown cyrus /etc/sasldb2
exec /usr/lib/cyrus/bin/master -C /etc/imapd.conf -M /etc/cyrus.conf -D -p /run/cyrus.pid
"""

# Whose source, where, what is said and answered, and what is expected: kind, account, and
# whether it counts in the modes normal and aggressive.
WRONG, NOBODY = "auth_fail", "account_unknown"
BOTH, TOLD, AGGRESSIVE = (True, True), (False, False), (False, True)
TRICK = "x [192.0.2.1] plaintext y"
SESSIONS = (
    ("LOGIN", 0, IMAP, [("a login anna wrong", "a NO")], (WRONG, USER, BOTH)),
    ("an unknown user", 1, IMAP, [("a login nobody wrong", "a NO")], (NOBODY, "nobody", BOTH)),
    (
        "PLAIN",
        2,
        IMAP,
        [("a authenticate PLAIN", "+"), (plain("anna", "wrong"), "a NO")],
        (WRONG, USER, BOTH),
    ),
    (
        "CRAM-MD5",
        3,
        IMAP,
        [("a authenticate CRAM-MD5", "+"), (coded("anna 0123"), "a NO")],
        (WRONG, USER, BOTH),
    ),
    ("a mechanism that is none", 4, IMAP, [("a authenticate FOO", "a NO")], None),
    ("a cancelled login", 5, IMAP, [("a authenticate PLAIN", "+"), ("*", "a BAD")], None),
    (
        "a right password",
        6,
        IMAP,
        [(f'a login {USER} "{PASSWORD}"', "a OK"), ("z logout", "z OK")],
        ("auth_ok", USER, TOLD),
    ),
    (
        "a right password, TLS",
        7,
        IMAPS,
        [(f'a login {USER} "{PASSWORD}"', "a OK"), ("z logout", "z OK")],
        ("auth_ok", USER, TOLD),
    ),
    ("POP3", 8, POP3, [("USER anna", "+OK"), ("PASS wrong", "-ERR")], (WRONG, USER, BOTH)),
    (
        "POP3, right",
        9,
        POP3,
        [(f"USER {USER}", "+OK"), (f"PASS {PASSWORD}", "+OK")],
        ("auth_ok", USER, TOLD),
    ),
    (
        "ManageSieve",
        10,
        SIEVE,
        [(f'AUTHENTICATE "PLAIN" "{plain("anna", "wrong")}"', "NO")],
        (WRONG, "", BOTH),
    ),
    ("a tricky name", 11, IMAP, [(f'a login "{TRICK}" wrong', "a NO")], (NOBODY, TRICK, BOTH)),
)


def start(net, root):
    """Starts Cyrus; returns the path of its log."""
    settings = {
        "imapd.conf": IMAPD_CONF,
        "cyrus.conf": CYRUS_CONF,
        "passwd": f"cyrus:x:{UID}:8::/nonexistent:/bin/false\n",
    }
    files = Unpacked(net, "cyrus", root, settings)
    os.mkdir(f"{files.folder}/run/cyrus/socket")
    make_certificate(f"{files.folder}/etc")
    os.chmod(f"{files.folder}/etc/key.pem", 0o644)
    own = "/var/lib/cyrus /var/spool/cyrus /var/spool/sieve"
    files.start(
        START,
        (IMAP,),  # asking at IMAPS would leave a line
        "mount -t tmpfs none /var/lib",
        "mount -t tmpfs none /var/spool",
        f"mkdir -p {own} /var/lib/cyrus/db /var/lib/cyrus/socket /var/spool/cyrus/mail",
        f"chown -R {UID}:8 {own} /run/cyrus",
        *no_dns(files.folder),
        PASSWORD=PASSWORD,
        ACCOUNT=USER,
    )
    return files.log


def run_sessions(net):
    """Runs all sessions; returns address -> (name, expected events by mode)."""
    done = {}
    for name, number, port, lines, expected in SESSIONS:
        source = attacker4(number)
        with Talk(net.attacker, source, SERVER4, port, GREETINGS[port], port == IMAPS) as talk:
            for line, answer in lines:
                talk.say(line, answer)
        done[source] = (name, expected)
    with Talk(net.attacker, attacker6(0), SERVER6, IMAP, "* OK") as talk:
        talk.say("a login anna wrong", "a NO")
    done[attacker6(0)] = ("IPv6", (WRONG, USER, BOTH))
    with Talk(net.attacker, attacker4(20), SERVER4, IMAPS, None) as talk:
        talk.send("GET / HTTP/1.0\r\n")
        talk.ends()
    done[attacker4(20)] = ("HTTP where TLS is due", ("protocol_error", "", AGGRESSIVE))
    return done


def main(t):
    """One Cyrus for all."""
    root = folder_of("cyrus", "usr/lib/cyrus/bin/master")
    with Network() as net:
        log = start(net, root)
        done = run_sessions(net)
        lines = sum(expected is not None for _, expected in done.values())
        tap.eventually(lambda: len(events("cyrus", log)) >= lines, 5, 0.2)
        for which, mode in enumerate(("normal", "aggressive")):
            told = by_address(events(f"cyrus[mode={mode}]", log))
            for source, (name, expected) in done.items():
                want = [(*expected[:2], expected[2][which])] if expected else []
                t.equal(told.get(source, []), want, f"{mode}: {name}")
            t.equal(set(told) - set(done), set(), f"{mode}: no address that did nothing")


if __name__ == "__main__":
    tap.main(main, ["ip", "nsenter", "unshare", "openssl", "saslpasswd2", KOMAINU])
