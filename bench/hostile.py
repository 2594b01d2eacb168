"""Log lines made to be slow: each comes as far as possible into expressions of our filters and then
fails. What an attacker chooses (HELO, sender, recipient, login name, commands) repeats what the
expression looks for behind it, and texts that a line must hold to be searched at all.

    bench/hostile.py N FILE [LENGTH]        LENGTH: of every line in bytes, else 100 to 8,000

compare() tells how many times slower such lines are than those of an attack (loggen.py), all filters
that are made for mail being on: by bytes, by lines of equal length, and the worst of the shapes.
"""
import itertools
import os
import random
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.realpath(__file__))]
# pylint: disable=wrong-import-position
import loggen  # noqa: E402

FILTERS = (
    "postfix postfix-sasl postfix-flood postscreen dovecot sshd exim sendmail courier cyrus opensmtpd "
    "qmail roundcube sogo"
)
# What Postfix, Exim and others hold in memory of one line of a client; syslog takes 8 KiB.
COMMAND_MAX = 2048
SYSLOG_MAX = 8000
HEADER = "Nov 22 01:02:03 mx1 "
SMTPD = "postfix/smtpd[71]: "
REFUSED = SMTPD + "NOQUEUE: reject: RCPT from unknown[{a}]: "
WORDS = (
    "Relay access denied User unknown undeliverable address blocked using Helo command rejected: "
    "Sender address rejected: Client host rejected: Command rejected Improper use of SMTP command "
    "pipelining bare <LF> received proto="
)
DOVECOT = "dovecot: imap-login: Disconnected: Connection closed"
EXIM = "exim[71]: 2026-11-22 01:02:03 "
SENDMAIL = "sendmail[71]: 4AB1C2D3012345: "
# What lines of a program begin with; and for each: what stands in front, what is repeated, what makes
# it fail, and how long the program lets it be, if that is less than a line of syslog.
PROGRAMS = (
    (
        REFUSED,
        (
            ("454 4.7.1 <", ">: Recipient address rejected: ", WORDS, COMMAND_MAX),
            ("554 5.7.1 <", "x>: Aaaa aaaa rejected: Relay access denie", WORDS, COMMAND_MAX),
            ("550 5.1.1 <", "x>: Recipient address rejected: User unkn", WORDS, COMMAND_MAX),
            ("550 5.1.8 <", "x>: Sender address rejected: Domai", WORDS, COMMAND_MAX),
            ("550 5.5.0 <", ">: A rejected: Improper us", WORDS, COMMAND_MAX),
            ("554 5.7.1 <", ">", WORDS, COMMAND_MAX),
            ("554 5.7.1 <x>: Relay access denied; ", " to=<x> prot", ""),
            (
                "554 5.7.1 Service unavailable; Client ",
                "host x",
                " [x] blocked using x;",
                COMMAND_MAX,
            ),
        ),
    ),
    (
        SMTPD,
        (
            ("warning: unknown[{a}]: SASL LOGIN authentication failed: ", ", sasl_usernam", ""),
            (
                "message repeated 2 times: [ warning: unknown[{a}]: SASL LOGIN authentication failed: x",
                ", sasl_username=",
                "x",
            ),
            (
                "4F0001Z: client=unknown[{a}], sasl_method=LOGIN, sasl_username=",
                ", sasl_sender=x, orig_queue_id=x",
                "",
                COMMAND_MAX,
            ),
            ("warning: non-SMTP command from unknown[{a}]: ", "message repeated ", "", COMMAND_MAX),
            ("disconnect from unknown[{a}] ", "helo=1 mail=0/1 ", "auth=0/x"),
        ),
    ),
    (
        "postfix/cleanup[71]: 4F0001Z: ",
        (
            ("reject: header Subject: ", " from x[{a}]; from=", "", COMMAND_MAX),
            ("message-id=<", "reject: header x from unknown[{a}]; ", "", COMMAND_MAX),
        ),
    ),
    (
        "postfix/postscreen[71]: ",
        (
            (
                "NOQUEUE: reject: RCPT from [{a}]:45: 550 5.7.1 Service unavailable; client [{a}] "
                "blocked using x;",
                " to=<x>, prot",
                "",
                COMMAND_MAX,
            ),
            (
                "PREGREET 14 after 0.1 from [{a}x]:45: ",
                "\\377\\000EHLO from [{a}]:",
                " without valid RCPT from DNSBL rank",
                COMMAND_MAX,
            ),
        ),
    ),
    (
        DOVECOT + " (auth failed, 1 attempts in 2 secs): user=<",
        (
            ("", ">, method=PLAIN, rip={a}x", ""),
            ("", ", rip={a}x", ">, rip=x"),
            ("", ">, ", " rip={a}x"),
        ),
    ),
    (
        DOVECOT,
        (
            (
                "",
                " (auth failed",
                " no auth attempts tried to use disallowed plaintext auth connection limit reached): user=<>, rip=x",
            ),
            (" (client didn't finish SASL auth", " auth failed", "): user=<x"),
        ),
    ),
    (
        "dovecot: ",
        (
            ("imap-login: Login: user=<", ">, rip={a}", "x"),
            (
                "auth-worker(71): sql(",
                "x,{a}",
                "): Password mismatch unknown user invalid credentials",
            ),
            (
                "auth-worker(71): pam(anna,{a}): pam_authenticate() failed: Authentication failure (given password: ",
                "): (given password: ",
                "",
            ),
            ("imap-login: proxy(", "): Disconnected by client (in=1, out=2", ": user=<"),
        ),
    ),
    (
        "sshd[71]: ",
        (
            ("Failed password for x", " from {a} port 4 ssh", ""),
            ("Failed password for invalid user x", " from {a} port 4 ssh2x", ""),
            ("Failed password for invalid user x", " from ", ""),
            ("Invalid user x", " from x port 4", " y"),
            ("Invalid user ", "x", " from x y"),
            ("error: PAM: Authentication failure for x", " from {a} via x", " y"),
            ("Connection closed by invalid user x", " {a} port 4 [preauth", ""),
            ("Disconnecting invalid user x", " {a} port 4: Too many authentication failure", ""),
            ("ssh_dispatch_run_fatal: Connection from invalid user x", " {a} port 4: a, b", "0"),
            ("Accepted password for x", " from {a} port 4 ssh2:x", ""),
            ("Disconnected from user x", " {a} port 4x", ""),
        ),
    ),
    (
        EXIM,
        (
            ("plain_login authenticator failed for (x", ") [{a}", "]: 535 x (set_id=x"),
            ("plain_login authenticator failed for (x) [{a}]: 535 x (set_id=", ") (set_id=", "("),
        ),
    ),
    (
        EXIM + "H=(pc) [{a}]",
        (
            (" F=<", "> rejected RCPT <", ">: relay not permitted<", COMMAND_MAX),
            (" F=<", "> rejected RCPT <>: unknown user ", ">: relay not permitted<", COMMAND_MAX),
            (" F=<x> rejected RCPT <x>: ", "found in x ", "<"),
            (" F=<x> rejected RCPT <x>: ", "too many messages rate limit ", "<"),
            ("", " U=x", " rejected RCPT found in rate limit"),
        ),
    ),
    (
        EXIM,
        (
            (
                'SMTP protocol synchronization error (x): rejected "x" H=(pc) [{a}] next input="',
                " next input=",
                "x",
            ),
            ("<= x H=(pc) [{a}] P=esmtpsa", " X=x", " A=x"),
            ("SMTP connection from (pc) [{a}] closed after ", " D=", " x"),
        ),
    ),
    (
        SENDMAIL + "ruleset=",
        (
            (
                "check_mail, arg1=<x@example.net>, relay=pc [{a}], reject=553 5.1.8 ",
                "Domain of sender address ",
                "",
                COMMAND_MAX,
            ),
            (
                "check_rcpt, arg1=<x@example.net>, relay=pc [{a}], reject=550 5.7.1 ",
                "User unknown Access denied Relaying denie",
                " Rejected: x listed at",
                COMMAND_MAX,
            ),
        ),
    ),
    (
        SENDMAIL,
        (
            (
                "AUTH failure (LOGIN): authentication failure (-13) x",
                ", user=x",
                ", relay=x [{a}",
                COMMAND_MAX,
            ),
            ("from=<x", ", relay=x [{a}", "", COMMAND_MAX),
        ),
    ),
    (
        "imapd: ",
        (("LOGIN FAILED, user=x", ", ip=[{a}", "]"),),
    ),
    (
        "courieresmtpd: ",
        (("error,relay={a},from=<", ">,to=<x>: 550 User", " unkn"),),
    ),
    (
        "cyrus/imap[71]: ",
        (
            ("badlogin: pc [{a}] plaintext x", " SASL(-13): authentication failur", ""),
            ("login: pc [{a}] x", " plain User logged i", ""),
        ),
    ),
    (
        "smtpd[71]: 0123456789abcdef smtp ",
        (
            ('failed-command command="AUTH ', '" result="501 x', "", COMMAND_MAX),
            ("authentication user=", "x result=permfai", "", COMMAND_MAX),
        ),
    ),
    (
        "roundcube: <4f001> ",
        (
            ("IMAP Error: Login failed for x", " against h from {a}", ". LOGIN"),
            ("IMAP Error: Login failed for x from {a}. ", "LOGIN temporar ", " in /"),
            ("Failed login for x", " from {a}(x)", " in session"),
        ),
    ),
    (
        "sogod[71]: SOGoRootPage Login from '",
        (
            ("", "{a}, ", "' for user 'x' might not have worked"),
            ("{a}' for user '", "' for user ", " might not have worked"),
        ),
    ),
)
SHAPES = tuple(
    (begin + front, again, end, (most or (SYSLOG_MAX,))[0])
    for begin, rows in PROGRAMS
    for front, again, end, *most in rows
)


def line(shape, length, address):
    """One line of `length` bytes at most, without its date."""
    head, again, end, most = shape
    head, again, end = (text.replace("{a}", address) for text in (head, again, end))
    room = max(min(length, most) - len(head) - len(end), len(again))
    return head + (again * (room // len(again) + 1))[:room] + end


def texts(length=0, seed=1):
    """The different lines, in an order that stays."""
    choose = random.Random(seed)
    lengths = [length] * 8 if length else [100, 200, 400, 800, 1600, 2400, 4000, 8000]
    made = [
        line(shape, most, f"198.18.{i % 8}.{choose.randrange(1, 250)}") + "\n"
        for shape in SHAPES
        for i, most in enumerate(lengths)
    ]
    choose.shuffle(made)
    return made


def write(path, count, length=0, end=1795312800):
    """Writes `count` lines, 25 a second."""
    pool = itertools.cycle(texts(length))
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        for i in range(count):
            if i % 25 == 0:
                second = end - (count - i) // 25
                stamp = time.strftime("%b %e %H:%M:%S mx1 ", time.gmtime(second))
            file.write(stamp + next(pool))


def seconds(cost, config, path):
    """Seconds of CPU for a log, at best, and searches given up; the log is removed."""
    tries = [cost(config, path) for _ in range(3)]
    os.remove(path)
    return min(each[0] for each in tries), tries[0][2]["limit_hits"]


def rates(cost, folder, config, write_log, count):
    """Bytes and lines a second of CPU between two sizes of a log, and searches given up."""
    path, took, size = f"{folder}/hostile.log", [], []
    for lines in (count // 10, count):
        write_log(path, lines)
        size.append(os.path.getsize(path))
        took.append(seconds(cost, config, path))
    spent = took[1][0] - took[0][0]
    return (size[1] - size[0]) / spent, (count - count // 10) / spent, took[1][1]


def rate_of(cost, config, path, one, size, empty):
    """Bytes a second of one shape alone, searches given up, and `one`: length and shape; `size` in
    bytes."""
    length, shape = one
    with open(path, "w", encoding="ascii") as file:
        for i in range(1, size // len(line(shape, length, "198.18.0.1")) + 1):
            made = line(shape, length, f"198.18.{i // 250 % 8}.{i % 250 + 1}")
            file.write(f"{HEADER}{made}\n")
    took, _, totals = cost(config, path)
    return os.path.getsize(path) / max(took - empty, 1e-9), totals["limit_hits"], one


def slowest(cost, folder, config, size):
    """rate_of() the slowest shape: of all with a little text, then of the first few with more."""
    path = f"{folder}/hostile.log"
    with open(path, "w", encoding="ascii"):
        pass
    empty = min(cost(config, path)[0] for _ in range(3))
    shapes = itertools.product((400, SYSLOG_MAX), SHAPES)
    found = sorted(rate_of(cost, config, path, one, size // 8, empty) for one in shapes)
    found = [
        max(rate_of(cost, config, path, one, size, empty) for _ in range(3))
        for _, _, one in found[:6]
    ]
    return min(found)


def result(name, rate, goal, given_up, lines=""):
    """One line of the table: bytes a second against those of an attack."""
    return (
        f"  {name:<32} {rate / 1e6:8,.1f} MB/s {lines:>20}  "
        f"{goal / rate:5.2f} times slower by bytes, {given_up} searches given up"
    )


def compare(cost, folder, is_quick):
    """Prints the table; `cost` is run's replay_cost()."""
    count = 100_000 if is_quick else 1_000_000
    config = f"{folder}/hostile"
    os.mkdir(config)
    with open(f"{config}/jail.conf", "w", encoding="ascii") as file:
        for name in FILTERS.split():
            file.write(f"[{name}]\nenabled = true\nfilter = {name}\n")
    attack = rates(cost, folder, config, lambda p, n: loggen.write_kind(p, "attack", n), 3 * count)
    length = round(attack[0] / attack[1]) - len(f"{HEADER}\n")
    equal = rates(cost, folder, config, lambda p, n: write(p, n, length), 3 * count)
    hostile = rates(cost, folder, config, write, count // 2)
    print(
        f"  (hostile lines, all {len(FILTERS.split())} filters; goal: no more than 3 times slower)"
    )
    for name, rate in (
        ("attack log", attack),
        ("hostile log, lines as long", equal),
        ("hostile log, 100 to 8,000 bytes", hostile),
    ):
        print(result(name, rate[0], attack[0], rate[2], f"{rate[1]:,.0f} lines/s"))
    rate, given_up, (length, shape) = slowest(
        cost, folder, config, 8_000_000 if is_quick else 16_000_000
    )
    print(
        result(f"worst shape alone, {length} bytes", rate, attack[0], given_up)
        + f":\n    {shape[0][:80]}... {shape[1]}",
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    write(sys.argv[2], int(sys.argv[1]), *map(int, sys.argv[3:]))
