"""Debian's own filters of fail2ban, read by us, beside our built-in ones and beside fail2ban itself."""
import os
import shutil

STOCK = os.environ.get("KOMAINU_FAIL2BAN", "") + "/etc/fail2ban"
JAILS = ("postfix", "postfix-sasl", "dovecot", "sshd", "recidive")
SPECS = ("postfix", "postfix[mode=auth]", "dovecot", "sshd", "recidive")  # as jail.conf has them
LOCAL = "[DEFAULT]\nbackend = polling\nusedns = no\nbanaction = nftables-multiport\nbanaction_allports = nftables-allports\n"


def write_theirs(folder):
    """A configuration that reads a copy of Debian's directory with the jails of a mail server; its path."""
    copy, config = f"{folder}/fail2ban", f"{folder}/theirs"
    shutil.copytree(STOCK, copy)
    shutil.rmtree(f"{copy}/jail.d")
    os.mkdir(config)
    with open(f"{folder}/empty.log", "w", encoding="ascii"):
        pass
    with open(f"{copy}/jail.local", "w", encoding="ascii") as file:
        file.write(LOCAL)
        for name in JAILS:
            file.write(f"[{name}]\nenabled = true\nlogpath = {folder}/empty.log\n")
    with open(f"{config}/komainu.conf", "w", encoding="ascii") as file:
        file.write(f"[komainu]\nfail2ban = {copy}\n")
    return config


def write_ours(folder, built_in):
    """A configuration with our filters for the same, and all of `built_in` else off; its path."""
    config = f"{folder}/ours"
    os.mkdir(config)
    with open(f"{config}/jail.conf", "w", encoding="ascii") as file:
        for name in built_in:
            file.write(f"[{name}]\nenabled = {name in JAILS}\nfilter = {name}\n")
            if name in JAILS:
                file.write(f"logpath = {folder}/empty.log\n")
    return config


def compare(table, goals, folder, built_in, rates_of, their_rate):
    """Lines a second of each kind of log, of which `goals` has one each: rates_of(configs, kind), and
    their_rate(kind) of fail2ban's own program or None."""
    configs = [write_theirs(folder), write_ours(folder, built_in)]
    for kind, goal in goals.items():
        debian, built = rates_of(configs, kind)
        table.row(
            f"{kind} log, Debian's filters",
            debian,
            their_rate(kind),
            "lines/s",
            f"> {goal:,}",
            is_more_better=True,
        )
        print(f"  (our built-in filters {built:,.0f} lines/s: {built / debian:.2f} times as many)")
