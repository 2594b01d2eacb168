#!/usr/bin/python3
"""A real Courier: imapd, pop3d, both with TLS, and its SMTP server. What the filter says of
what they send to syslog is compared with what was done: one attempt is one counted failure,
and no name moves an address.

Debian's Courier cannot be installed beside Dovecot: test/lib/fetch_packages unpacks it into a
folder, which is mounted over /usr for Courier's processes alone.
"""
import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import (  # noqa: E402
    Talk,
    by_address,
    events,
    log_has,
    make_certificate,
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

IMAP, IMAPS, POP3, POP3S, SMTP = 143, 993, 110, 995, 25
USER, PASSWORD = "anna@example.com", "correct horse"
UID = 70300  # of courier and of the mailbox: nobody's on the machine
PER_ADDRESS = 4

AUTHDAEMONRC = """\
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
"""

# What differs from Debian's configuration.
SETTINGS = {
    "imapd": {
        "MAXPERIP": str(PER_ADDRESS),
        "IMAP_CAPABILITY": '"IMAP4rev1 AUTH=PLAIN"',
    },
    "imapd-ssl": {"TLS_CERTFILE": "/etc/courier/both.pem"},
    "pop3d": {"POP3AUTH": '"PLAIN LOGIN"'},
    "pop3d-ssl": {"TLS_CERTFILE": "/etc/courier/both.pem"},
    "esmtpd": {
        "BOFHCHECKDNS": "0",
        "TARPIT": "0",
        "ESMTPAUTH": '"PLAIN LOGIN"',
        "TCPDOPTS": '"-stderrlogger=/usr/sbin/courierlogger -nodnslookup -noidentlookup"',
    },
}

START = """\
set -e
printf '%s\\n%s\\n' "$PASSWORD" "$PASSWORD" | userdbpw -md5 >/etc/courier/hash
printf '%s\\tuid=$ID|gid=$ID|home=%s|shell=/bin/sh|systempw=%s\\n' \
    "$ACCOUNT" "$HOME" "$(cat /etc/courier/hash)" | sed "s/.ID/$ID/g" >/etc/courier/userdb
chmod 600 /etc/courier/userdb
makeuserdb
courierlogger -name=authdaemond -pid=/run/courier/authdaemon/pid -start \
    /usr/lib/courier/courier-authlib/authdaemond
for daemon in imapd imapd-ssl pop3d pop3d-ssl esmtpd; do
    $daemon start
done
"""

COUNTS = {"normal": {"login"}, "aggressive": {"login", "extra"}}
PASSING = ("connect", "session_end")


class Courier:
    """Courier in the server's namespace. `log` is what it sent to syslog."""

    def __init__(self, net, root):
        settings = {
            f"courier/{name}": "".join(f"{key}={value}\n" for key, value in lines.items())
            for name, lines in SETTINGS.items()
        }
        settings["passwd"] = f"courier:x:{UID}:{UID}::/nonexistent:/bin/false\n"
        settings["group"] = f"courier:x:{UID}:\n"
        files = Unpacked(net, "courier", root, settings)
        self.folder, self.log = files.folder, files.log
        make_certificate(f"{self.folder}/etc/courier")
        with open(f"{self.folder}/etc/courier/authdaemonrc", "w", encoding="ascii") as file:
            file.write(AUTHDAEMONRC)
        os.mkdir(f"{self.folder}/run/courier/authdaemon")
        for part in ("cur", "new", "tmp"):
            os.makedirs(f"{self.folder}/home/Maildir/{part}")
        os.chmod(self.folder, 0o755)
        files.start(
            START,
            (IMAP, IMAPS, POP3, POP3S, SMTP),
            "mount -t tmpfs none /var/lib",
            "mkdir -p /var/lib/courier/tmp /var/lib/courier/msgs",
            f"chown -R {UID}:{UID} /var/lib/courier /run {self.folder}/home",
            PASSWORD=PASSWORD,
            ACCOUNT=USER,
            HOME=f"{self.folder}/home",
            ID=str(UID),
        )

    def lose_authdaemon(self):
        """From now on no password can be checked."""
        os.unlink(f"{self.folder}/run/courier/authdaemon/socket")


class Script:
    """Sessions, run side by side, as Courier answers a wrong password after 5 seconds; and
    what each address is expected to leave: (what counts it, kind, account)."""

    def __init__(self, net):
        self.net = net
        self.expected = {}
        self.names = {}
        self.sessions = []

    def add(self, name, source, port, dialogue, *expected, **options):
        """dialogue(talk) is what is said behind the greeting."""
        self.names[source] = name
        self.expected[source] = list(expected)
        self.sessions.append((source, port, dialogue, options))

    def run(self):
        """Runs all sessions to their end."""
        greetings = {IMAP: "* OK", IMAPS: "* OK", POP3: "+OK", POP3S: "+OK", SMTP: "220"}

        def session(source, port, dialogue, options):
            server = SERVER6 if ":" in source else SERVER4
            tls = port in (IMAPS, POP3S) and not options.get("raw")
            greeting = None if options.get("raw") else greetings[port]
            with Talk(self.net.attacker, source, server, port, greeting, tls) as talk:
                talk.connection.settimeout(60)
                dialogue(talk)

        with concurrent.futures.ThreadPoolExecutor(len(self.sessions)) as pool:
            for done in [pool.submit(session, *one) for one in self.sessions]:
                done.result()


def says(*pairs):
    """A dialogue of lines and the beginnings of their answers."""

    def dialogue(talk):
        for line, answer in pairs:
            talk.say(line, answer)

    return dialogue


def fails(account):
    """One counted failure."""
    return ("login", "auth_fail", account)


def imap_sessions(s):
    """Over IMAP."""
    wrong = ("a login anna wrong", "a NO")
    s.add("one wrong password", attacker4(0), IMAP, says(wrong), fails("anna"))
    s.add(
        "two in one connection",
        attacker4(1),
        IMAP,
        says(wrong, ("b login anna other", "b NO"), ("z logout", "z OK")),
        fails("anna"),
        fails("anna"),
    )
    s.add("IPv6", attacker6(0), IMAP, says(wrong), fails("anna"))
    s.add("TLS", attacker4(2), IMAPS, says(wrong), fails("anna"))
    s.add(
        "SASL",
        attacker4(3),
        IMAP,
        says(("a authenticate plain", "+"), (plain("anna", "wrong"), "a NO")),
        fails(""),
    )
    right = (f'a login {USER} "{PASSWORD}"', "a OK")
    s.add("a login", attacker4(4), IMAP, says(right, ("z logout", "z OK")), ("", "auth_ok", USER))
    s.add("a login that vanishes", attacker4(5), IMAP, says(right), ("", "auth_ok", USER))
    s.add("nothing said", attacker4(6), IMAP, says())
    s.add("only a logout", attacker4(7), IMAP, says(("z logout", "z OK")))

    def speaks_http(talk):
        talk.send("GET / HTTP/1.0\r\n")
        talk.ends()

    s.add(
        "HTTP where TLS is due",
        attacker4(8),
        IMAPS,
        speaks_http,
        ("extra", "protocol_error", ""),
        raw=True,
    )


def tricks(s):
    """Names, mechanisms and commands that look like log lines."""
    for n, name in enumerate(
        (
            "x, ip=[192.0.2.1], port=[1]",
            "x], ip=[192.0.2.1]",
            "two words",
            "x, protocol=IMAP, ip=[192.0.2.1]",
        )
    ):
        s.add(
            f"the name {name}",
            attacker4(10 + n),
            IMAP,
            says((f'a login "{name}" wrong', "a NO")),
            fails(name),
        )
    s.add(
        "a mechanism that looks like an address",
        attacker4(14),
        IMAP,
        says(("a authenticate FOO]ip=[192.0.2.1]", "a NO")),
        fails(""),
    )
    s.add(
        "a line break in a name",
        attacker4(15),
        POP3,
        says(
            ("AUTH PLAIN", "+"),
            (plain("x\nLOGIN FAILED, user=v, ip=[192.0.2.1]", "wrong"), "-ERR"),
        ),
        fails(""),
    )
    forged = 'error,relay=::ffff:192.0.2.1,port=1,msg="535 Authentication failed.",cmd: AUTH'
    s.add(
        "a command that looks like a line",
        attacker4(16),
        SMTP,
        says(("EHLO x", "250 "), (f"FOO {forged} LOGIN y", "502")),
        ("extra", "protocol_error", ""),
    )
    s.add(
        "a line break in a name, SMTP",
        attacker4(17),
        SMTP,
        says(
            ("EHLO x", "250 "),
            ("AUTH LOGIN", "334"),
            (coded(f"x\n{forged}"), "334"),
            (coded("wrong"), "535"),
        ),
        fails("x"),
    )


def other_protocols(s):
    """Over POP3 and SMTP."""
    for n, port in enumerate((POP3, POP3S)):
        s.add(
            f"port {port}",
            attacker4(20 + n),
            port,
            says(("USER anna", "+OK"), ("PASS wrong", "-ERR"), ("QUIT", "+OK")),
            fails("anna"),
        )
    s.add(
        "a POP3 login",
        attacker4(22),
        POP3,
        says((f"USER {USER}", "+OK"), (f"PASS {PASSWORD}", "+OK"), ("QUIT", "+OK")),
        ("", "auth_ok", USER),
    )
    s.add(
        "SMTP, PLAIN",
        attacker4(23),
        SMTP,
        says(("EHLO x", "250 "), (f"AUTH PLAIN {plain('anna', 'wrong')}", "535")),
        fails("anna"),
    )
    s.add(
        "SMTP, a right password",
        attacker4(24),
        SMTP,
        says(("EHLO x", "250 "), (f"AUTH PLAIN {plain(USER, PASSWORD)}", "235"), ("QUIT", "221")),
    )
    s.add(
        "SMTP, relaying",
        attacker4(25),
        SMTP,
        says(
            ("EHLO x", "250 "),
            ("MAIL FROM:<a@b.example>", "250"),
            ("RCPT TO:<x@other.example>", "513"),
        ),
        ("extra", "relay_denied", ""),
    )


def flood(s):
    """More connections than an address may have."""
    source = attacker4(30)
    s.names[source] = "a flood"
    s.expected[source] = [("extra", "flood", "")] * 3
    open_ones = [Talk(s.net.attacker, source, SERVER4, IMAP, "* OK") for _ in range(PER_ADDRESS)]
    for _ in range(3):
        with Talk(s.net.attacker, source, SERVER4, IMAP, None) as talk:
            talk.ends()
    for talk in open_ones:
        talk.close()


def compare(t, s, server):
    """The log against what was done, in both modes."""

    def found(mode):
        told = by_address(events(f"courier[mode={mode}]", server.log))
        return {
            source: sorted(event for event in told.get(source, []) if event[0] not in PASSING)
            for source in set(told) | set(s.expected)
        }

    lines = sum(map(len, s.expected.values()))
    tap.eventually(lambda: sum(map(len, found("normal").values())) >= lines, 5, 0.2)
    for mode, counts in COUNTS.items():
        got = found(mode)
        for source, name in s.names.items():
            want = sorted((kind, user, who in counts) for who, kind, user in s.expected[source])
            t.equal(got[source], want, f"{mode}: {name}")
        strangers = {source for source, told in got.items() if told} - set(s.expected)
        t.equal(strangers, set(), f"{mode}: no address that did nothing")


def sessions_end(t, server):
    """The end of a session is told, with its statistics."""

    def ends():
        told = [e for e in events("courier", server.log) if e["kind"] == "session_end"]
        return {e["address"]: (e.get("account"), e["detail"][:8]) for e in told if e.get("account")}

    want = {source: (USER, "headers=") for source in (attacker4(4), attacker4(5))}
    want[attacker4(22)] = (USER, "top=0, r")
    tap.eventually(lambda: len(ends()) >= len(want), 5, 0.2)
    t.equal(ends(), want, "the ends of logged-in sessions are told with account and statistics")


def trouble(t, net, server):
    """No password can be checked. Courier's line is that of a wrong password, and why stands in
    a line without address: the filter cannot tell. When that changes, this test shows it."""
    source = attacker4(31)
    server.lose_authdaemon()
    with Talk(net.attacker, source, SERVER4, IMAP, "* OK") as talk:
        talk.send("a login anna wrong")
        talk.ends()
    t.ok(log_has(server.log, "s_connect() failed"), "trouble: Courier says why in another line")
    t.ok(
        log_has(server.log, f"LOGIN FAILED, user=anna, ip=[::ffff:{source}]"),
        "trouble: Courier calls it a failed login (the limit told in filters/courier.conf)",
    )


def main(t):
    """One Courier for all."""
    root = folder_of("courier", "usr/sbin/couriertcpd")
    with Network() as net:
        server = Courier(net, root)
        s = Script(net)
        for part in (imap_sessions, tricks, other_protocols):
            part(s)
        s.run()
        flood(s)
        compare(t, s, server)
        sessions_end(t, server)
        trouble(t, net, server)


if __name__ == "__main__":
    tap.main(main, ["ip", "nsenter", "unshare", "openssl", KOMAINU])
