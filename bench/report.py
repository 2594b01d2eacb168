"""The report beside Debian's pflogsumm: the same log through both, by the CPU it takes on one core and by the
time it takes as it is run, on all cores; and what the guard has counted of a day."""
import os
import random
import shutil
import subprocess
import tempfile
import time

from komainu_test.guard import KOMAINU

END = 1795312800


def session(choose, number, stamp):
    """The lines of one session: mail that comes, mail that goes, or an attack."""
    at = stamp + " mx1 "
    pid, kind = 1000 + number % 30000, choose.random()
    ip = f"198.18.{choose.randrange(250)}.{choose.randrange(1, 250)}"
    user, qid = choose.randrange(3000), f"{0xA00000000 + number:X}"
    if kind < .25:
        return (f"{at}postfix/smtpd[{pid}]: connect from unknown[{ip}]\n"
                f"{at}postfix/smtpd[{pid}]: warning: unknown[{ip}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6\n"
                f"{at}postfix/smtpd[{pid}]: disconnect from unknown[{ip}] ehlo=1 auth=0/1 quit=1 commands=2/3\n")
    if kind < .4:
        return (f"{at}postfix/smtpd[{pid}]: connect from host{user}.example.net[{ip}]\n"
                f"{at}postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from host{user}.example.net[{ip}]: 554 5.7.1 "
                f"<user{user}@example.com>: Relay access denied; from=<a{user}@example.org> to=<user{user}@example.com> "
                f"proto=ESMTP helo=<host{user}.example.net>\n"
                f"{at}postfix/smtpd[{pid}]: disconnect from host{user}.example.net[{ip}] ehlo=1 mail=1 rcpt=0/1 commands=2/3\n")
    if kind < .6:
        return (f"{at}dovecot: imap-login: Login: user=<user{user}@example.com>, method=PLAIN, rip={ip}, "
                f"lip=198.51.100.1, mpid={pid}, TLS, session=<{qid}>\n"
                f"{at}dovecot: imap(user{user}@example.com)<{pid}><{qid}>: Disconnected: Logged out in=412 out=9 deleted=0 "
                "expunged=0 trashed=0 hdr_count=1 hdr_bytes=311 body_count=0 body_bytes=0\n")
    client = f"mail{user}.example.net[{ip}]"
    head = (f"{at}postfix/smtpd[{pid}]: connect from {client}\n"
            f"{at}postgrey[811]: action=pass, reason=client AWL, client_name=mail{user}.example.net, "
            f"client_address={ip}/32, sender=a{user}@host{user}.example.net, recipient=user{user % 50}@example.com\n"
            f"{at}postfix/smtpd[{pid}]: {qid}: client={client}\n"
            f"{at}postfix/cleanup[{pid}]: {qid}: message-id=<{number}.{pid}@mail{user}.example.net>\n"
            f"{at}opendkim[913]: {qid}: DKIM verification successful\n"
            f"{at}postfix/qmgr[811]: {qid}: from=<a{user}@host{user}.example.net>, size={user}311, nrcpt=1 (queue active)\n"
            f"{at}postfix/smtpd[{pid}]: disconnect from {client} ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7\n")
    to = f"{at}postfix/lmtp[{pid}]: {qid}: to=<user{user % 50}@example.com>, relay=mx1[private/dovecot-lmtp], delay=0.31, " \
        f"delays=0.2/0/0.01/0.1, dsn=2.0.0, status=sent (250 2.0.0 <user{user % 50}@example.com> {qid} Saved)\n"
    if kind > .95:
        to = f"{at}postfix/smtp[{pid}]: {qid}: to=<user@far{user}.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, " \
            f"status=deferred (connect to far{user}.example[203.0.113.9]:25: Connection timed out)\n"
    return head + to + f"{at}postfix/qmgr[811]: {qid}: removed\n"


def crowded_session(choose, number, stamp):
    """The lines of one session, of which hardly two have anything in common: what the tables of a day
    (src/report/texts.h) have least room for. So many addresses guess as are kept."""
    at, name = stamp + " mx1 ", choose.randrange(100_000)
    who = choose.randrange(1 << 17)
    ip = f"10.{who >> 16}.{who >> 8 & 255}.{who & 255}"
    if number % 3:
        return (f"{at}postfix/smtpd[7]: connect from unknown[{ip}]\n"
                f"{at}postfix/smtpd[7]: warning: unknown[{ip}]: SASL LOGIN authentication failed: bad, "
                f"sasl_username=u{name}\n"
                f"{at}postfix/smtpd[7]: disconnect from unknown[{ip}] ehlo=1 auth=0/1 quit=1 commands=2/3\n")
    qid = f"{0xA00000000 + number:X}"
    return (f"{at}dovecot: imap-login: Login: user=<a{number % 20_000}@example.com>, method=PLAIN, "
            f"rip=172.{16 + who % 16}.{who >> 9}.{number % 250}, lip=198.51.100.1, mpid=9, TLS, session=<{qid}>\n"
            f"{at}postfix/qmgr[8]: {qid}: from=<s{name}@host{who}.example.net>, size={number}, nrcpt=1 (queue active)\n"
            f"{at}postfix/smtp[9]: {qid}: to=<r{number}@far{name}.example>, relay=mx.far{name}.example[192.0.2.1]:25, "
            f"delay=0.31, delays=0.2/0/0.01/0.1, dsn=2.0.0, status=sent (250 ok)\n"
            f"{at}postfix/qmgr[8]: {qid}: removed\n")


def write_lines(path, count, lines_of, time_of, seed=1):
    """A log of `count` lines or a few more; time_of(share) tells when a line is, as struct_time."""
    choose, written, number = random.Random(seed), 0, 0
    with open(path, "w", encoding="ascii") as file:
        while written < count:
            text = lines_of(choose, number, time.strftime("%b %e %H:%M:%S", time_of(written / count)))
            file.write(text)
            written += text.count("\n")
            number += 1
    return written


def write_log(path, count):
    """A log of `count` lines or a few more, about 25 a second."""
    return write_lines(path, count, session, lambda share: time.gmtime(END - int((1 - share) * count) // 25))


def write_yesterday(path, count, lines_of, seed=1):
    """The same of yesterday, by the local clock, all day but its last minute."""
    noon = time.mktime(time.localtime()[:3] + (12, 0, 0, 0, 0, -1)) - 86400
    began = time.mktime(time.localtime(noon)[:3] + (0, 0, 0, 0, 0, -1))
    until = time.mktime(time.localtime()[:3] + (0, 0, 0, 0, 0, -1)) - 60
    return write_lines(path, count, lines_of, lambda share: time.localtime(began + share * (until - began)), seed)


def run(words, cores, rounds=3):
    """(seconds that passed, seconds of CPU, bytes in memory at most) on these cores, each the least of some
    runs. The bytes are no less than this program's own, from which the other one is started."""
    best = None
    for _ in range(rounds):
        began = time.monotonic()
        # pylint: disable-next=subprocess-popen-preexec-fn
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: os.sched_setaffinity(0, cores))
        _, status, usage = os.wait4(process.pid, 0)
        passed = time.monotonic() - began
        if status != 0:
            raise RuntimeError(f"{words[0]} ended with {status}")
        took = passed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        best = took if best is None else tuple(map(min, best, took))
    return best


def lines_a_second(count, seconds):
    """None where nothing was measured."""
    return seconds and count / seconds


def row(table, name, ours, theirs):
    """One kind of report: `ours` and `theirs` are (lines, command); the latter may be None."""
    count, words = ours
    all_cores = os.sched_getaffinity(0)
    one_core = {max(all_cores)}
    alone, as_run = run(words, one_core), run(words, all_cores)
    other_alone = run(theirs[1], one_core) if theirs else (None, None, None)
    other_as_run = run(theirs[1], all_cores) if theirs else (None, None, None)
    table.row(f"{name}, CPU on one core", count / alone[1], lines_a_second(count, other_alone[1]), "lines/s", "> 15x",
              is_more_better=True)
    table.row(f"{name}, as run on {len(all_cores)} cores", count / as_run[0], lines_a_second(count, other_as_run[0]),
              "lines/s", "> 15x", is_more_better=True)
    table.row(f"{name}, memory", as_run[2] / 1e6, other_as_run[2] and other_as_run[2] / 1e6, "MB", "< 64")


def count_day(folder, log):
    """Counts a log as the guard's reporter does (test/lib/count_days.c). The bytes kept of yesterday."""
    kept, build = f"{folder}/reporter", os.path.dirname(KOMAINU)
    os.mkdir(kept)
    subprocess.run(["ninja", "-C", build, "count_days"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([f"{build}/count_days", kept, log], check=True, timeout=600)
    yesterday = time.localtime(time.mktime(time.localtime()[:3] + (12, 0, 0, 0, 0, -1)) - 86400)
    return os.path.getsize(f"{kept}/{time.strftime('%Y-%m-%d', yesterday)}")


def daily(table, name, lines_of, count, theirs):
    """The report of a day that the guard has counted, beside pflogsumm, which reads the day's log."""
    with tempfile.TemporaryDirectory() as folder:
        log = folder + "/mail.log"
        write_yesterday(log, count, lines_of)
        size = count_day(folder, log)
        cores = os.sched_getaffinity(0)
        ours = run([KOMAINU, "report", "--state", folder, "-d", "yesterday", "--from-store"], cores, 20)
        other = run([theirs, "-d", "yesterday", log], cores, 1) if theirs else None
        table.row(f"from the store, {name} of {size / 1e6:,.0f} MB", ours[0] * 1e3, other and other[0] * 1e3, "ms", "< 50")


def compare(table, quick, is_alone):
    """Rows of the table."""
    theirs = shutil.which("pflogsumm", path="/usr/sbin:" + os.environ.get("PATH", "")) if not is_alone else None
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/mail.log"
        count = write_log(path, 50_000 if quick else 1_000_000)
        plain = (count, [theirs, path]) if theirs else None
        for options in [], ["--no-attacks"]:
            row(table, " ".join(["report", *options]), (count, [KOMAINU, "report", *options, path]), plain)
        for options in [], ["--detail", "0"], ["--smtpd-stats", "-e"]:
            row(table, "report --pflogsumm " + " ".join(options), (count, [KOMAINU, "pflogsumm", *options, path]),
                (count, [theirs, *options, path]) if theirs else None)
    daily(table, "a usual day", session, 50_000, theirs)
    daily(table, "the heaviest day", crowded_session, 100_000 if quick else 1_000_000, theirs)
