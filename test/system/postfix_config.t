#!/usr/bin/python3
"""`komainu postfix-config` and a real Postfix: --apply has the gate asked, and mail behaves;
Postfix finds nothing wrong with it; --undo puts every setting back. Plain, beside postgrey and
policyd-spf, which are taken out, and behind postscreen.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.dns import Resolver  # noqa: E402
from komainu_test.gates import GateAlone, Session  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU  # noqa: E402
from komainu_test.mail import MailServer  # noqa: E402
from komainu_test.net import SERVER4, Network, attacker4  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

GATE = "[gate]\nrecipient_restrictions = reject_non_fqdn_sender, greylist\n" \
       "data_restrictions = reject_multi_recipient_bounce\n[greylist]\ndelay = 1\n"
COMMON = "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, " \
         "reject_unauth_destination\nlocal_recipient_maps = inline:{ bob=x, anna=x }\n"
WORLDS = {
    "plain": (COMMON, ""),
    "own list": (COMMON + "smtpd_recipient_restrictions = permit_mynetworks,\n"
                 "  reject_unauth_destination, reject_non_fqdn_recipient, permit\n"
                 "smtpd_data_restrictions = reject_unauth_pipelining\n", ""),
    "postgrey and policyd-spf": (
        COMMON + "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination,\n"
        "  check_policy_service unix:private/policyd-spf,\n"
        "  check_policy_service inet:127.0.0.1:10023\n"
        "policyd-spf_time_limit = 3600\n",
        "policyd-spf unix - n n - 0 spawn\n  user=nobody argv=/usr/bin/policyd-spf\n"),
    "postscreen": (COMMON + "postscreen_greet_wait = 1s\n", "postscreen"),
}


class World:
    """A Postfix as a person has it, and a gate where a chrooted smtpd finds it."""

    def __init__(self, net, name):
        main, master = WORLDS[name]
        screened = master == "postscreen"
        self.net = net
        self.mail = MailServer(net, main=main, master="" if screened else master)
        self.etc = self.mail.config_folder()
        if screened:
            self._screen()
        self.mail.start()
        self.gate = GateAlone(net, GATE, f"{self.mail.folder}/queue/private/komainu")

    def _screen(self):
        path = f"{self.etc}/master.cf"
        with open(path, encoding="ascii") as file:
            lines = file.readlines()
        lines[0] = ("smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n"
                    "dnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy\n")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines)

    def config(self, *options):
        """The command."""
        return self.net.server.run(KOMAINU, "postfix-config", self.etc, *options, check=False)

    def settings(self):
        """What Postfix says of itself: each setting, in both files."""
        return [self.net.server.run("postconf", "-c", self.etc, verb).stdout
                for verb in ("-n", "-M", "-P")]

    def files(self):
        """The bytes of both files."""
        out = []
        for name in ("main.cf", "master.cf"):
            with open(f"{self.etc}/{name}", "rb") as file:
                out.append(file.read())
        return out

    def send(self, sender, recipient, source=attacker4(1)):
        """RCPT of a stranger; a new client comes twice to postscreen."""
        with Session(self.net.attacker, source, SERVER4, 25) as session:
            return session.mail(sender, recipient)

    def passes(self):
        """Whether a mail is taken."""
        with Session(self.net.attacker, attacker4(1), SERVER4, 25) as session:
            return session.mail("a@example.org", "bob@example.com")[0] == 250 and \
                session.data("x")[0] == 250


def behaves(t, w, name):
    """What the gate is asked, and what it is not."""
    code, text = w.send("a@example.org", "bob@example.com")
    if name == "postscreen":  # which puts off who is new
        count = iter(range(1000))
        eventually(lambda: "Greylisted" in w.send(f"a{next(count)}@example.org", "bob@example.com")[1],
                   5, every=0.2)
        code, text = w.send("b@example.org", "bob@example.com")
    t.ok(code == 450 and "Greylisted" in text, f"{name}: a stranger is greylisted ({code} {text})")
    code, text = w.send("a@short", "bob@example.com")
    t.ok(code == 504 and "need fully-qualified address" in text, f"{name}: restrictions are asked")
    asked = w.gate.numbers()[("requests_total", None)]
    code, text = w.send("a@example.org", "nobody@example.com")
    t.ok(code == 550 and "User unknown" in text, f"{name}: who is not there is told so, at once ({text})")
    code, text = w.send("a@example.org", "victim@elsewhere.example")
    t.ok(code == 554 and "Relay access denied" in text, f"{name}: no relay ({code} {text})")
    t.equal(w.gate.numbers()[("requests_total", None)], asked, f"{name}: the gate was asked of neither")
    t.ok(eventually(w.passes, 5, every=0.3), f"{name}: what comes again is taken")
    with Session(w.net.server, "127.0.0.1", "127.0.0.1", 25) as session:
        t.equal(session.mail("c@example.org", "victim@elsewhere.example")[0], 250,
                f"{name}: who may relay still may")


def run(t, name):
    """There and back."""
    with Network() as net:
        net.at_close(Resolver(net.server, {}).close)
        w = World(net, name)
        before, bytes_before = w.settings(), w.files()
        listen = f"unix:{w.gate.path}"
        shown = w.config("--listen", listen)
        t.ok(shown.returncode == 0 and "check_policy_service" in shown.stdout, f"{name}: it shows what it would do")
        t.equal(w.files(), bytes_before, f"{name}: and does nothing")
        done = w.config("--listen", listen, "--apply")
        if not t.equal(done.returncode, 0, f"{name}: --apply"):
            t.note(done.stdout + done.stderr)
            return
        checked = net.server.run("postfix", "-c", w.etc, "check", check=False)
        t.equal((checked.returncode, checked.stdout + checked.stderr), (0, ""), f"{name}: postfix check")
        t.ok(("policyd-spf" in done.stdout) == (name == "postgrey and policyd-spf"),
             f"{name}: it tells what is not asked any more")
        text = w.settings()[0]
        t.ok("service unix:private/policyd-spf" not in text and "10023" not in text,
             f"{name}: the others are not asked")
        behaves(t, w, name)
        again = w.config("--listen", listen)
        t.ok("nothing is to be changed" in again.stdout, f"{name}: once is enough")
        gone = w.config("--undo")
        t.equal(gone.returncode, 0, f"{name}: --undo")
        t.equal(w.settings(), before, f"{name}: every setting is as it was")
        checked = net.server.run("postfix", "-c", w.etc, "check", check=False)
        t.equal((checked.returncode, checked.stdout + checked.stderr), (0, ""), f"{name}: postfix check, again")
        asked = w.gate.numbers()[("requests_total", None)]
        eventually(lambda: w.send("a@example.org", "nobody@example.com", attacker4(1))[0] == 550, 3)
        t.equal(w.gate.numbers()[("requests_total", None)], asked, f"{name}: the gate is not asked any more")


def main(t):
    """Each of them."""
    for name in WORLDS:
        run(t, name)


tap.main(main, needs=[f"{BUILD}/komainu-gate", KOMAINU, "ip", "nsenter", "setpriv", "postfix", "postconf"])
