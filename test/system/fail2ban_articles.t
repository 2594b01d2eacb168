#!/usr/bin/python3
"""Configurations as people take them from articles, on top of Debian's /etc/fail2ban: each is read by a guard, gets
lines, and what becomes of them is looked at: who gets in at which port, which commands were run; and Debian's own
fail2ban, in this process, finds and bans the same of the same lines.
"""
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import articles, frozen_fail2ban, journal, logs, smtp_sink, tap  # noqa: E402
from komainu_test.guard import KOMAINUD  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6, client4  # noqa: E402

WHO, OTHER, THIRD, SIX = attacker4(0), attacker4(1), attacker4(2), attacker6(0)
MAIL = dict.fromkeys((25, 465, 587, 143, 993))
ALL = dict.fromkeys(articles.PORTS)


def shut(ports, how):
    """What World.shut() says of these."""
    return {port: how for port in ports}


def sasl(who, times=1):
    """Wrong passwords at Postfix."""
    return [logs.sasl_failure(who, f"u{i}") for i in range(times)]


def ssh(who, times=1):
    """Wrong passwords at sshd, each in a session of its own."""
    return [
        f"{logs.stamp()} sshd[{44200 + i}]: Failed password for root from {who} port {40022 + i} ssh2\n"
        for i in range(times)
    ]


def imap(who, times=1):
    """Wrong passwords at Dovecot."""
    return [
        f"{logs.stamp()} dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, "
        f"method=PLAIN, rip={who}, lip=203.0.113.1, TLS, session=<x{i}>\n"
        for i in range(times)
    ]


def lost(who, times=1):
    """Somebody who comes and goes at Postfix."""
    return [f"{logs.stamp()} postfix/smtpd[21{i}]: lost connection after AUTH from unknown[{who}]\n" for i in range(times)]


def web(who, times=1):
    """Failed logins of roundcube."""
    date = time.strftime("%d-%b-%Y %H:%M:%S %z")
    return [
        f"[{date}]: <a1b2c3> IMAP Error: Login failed for u{i} against localhost from {who}. AUTHENTICATE PLAIN: "
        "Authentication failed. in /srv/rc/imap.php on line 200 (POST /?_task=login&_action=login)\n"
        for i in range(times)
    ]


def qmail(who, times=1):
    """Wrong passwords at Plesk's qmail and courier."""
    return [f"{logs.stamp()} smtp_auth[77]: FAILED: u - password incorrect from x.example [{who}]\n"] * times


def cloud(who, times=1):
    """Failed logins of Nextcloud, which writes JSON."""
    date = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    return [
        f'{{"reqId":"x{i}","level":2,"time":"{date}","remoteAddr":"{who}","user":"--","app":"no app in context",'
        f'"method":"POST","url":"/login","message":"Login failed: u{i} (Remote IP: {who})","userAgent":"a","version":"28"}}\n'
        for i in range(times)
    ]


def nginx_error(who, times=1):
    """Wrong passwords at nginx."""
    date = time.strftime("%Y/%m/%d %H:%M:%S")
    return [
        f'{date} [error] 77#77: *{i} user "u{i}": password mismatch, client: {who}, server: x.example, '
        'request: "GET /a HTTP/1.1", host: "x.example"\n' for i in range(times)
    ]


def nginx_access(who, times=1, path="/phpmyadmin/index.php"):
    """Somebody who looks for what is not there."""
    date = time.strftime("%d/%b/%Y:%H:%M:%S %z")
    return [f'{who} - - [{date}] "GET {path} HTTP/1.1" 404 162 "-" "a{i}"\n' for i in range(times)]


def ftp(who, times=1):
    """Wrong passwords at vsftpd."""
    date = time.strftime("%a %b %d %H:%M:%S %Y")
    return [f'{date} [pid {40 + i}] [u{i}] FAIL LOGIN: Client "{who}"\n' for i in range(times)]


def sogo(who, times=1):
    """Wrong passwords at SOGo."""
    return [f"{time.strftime('%b %d %H:%M:%S')} sogod [9{i}]: SOGoRootPage Login from '{who}' for user 'u{i}' might not have worked\n"
            for i in range(times)]


def cube(who, times=1):
    """Wrong passwords at a roundcube that writes to syslog."""
    return [f"{logs.stamp()} web roundcube: <x{i}> Failed login for u{i} from {who} in session a{i}\n" for i in range(times)]


def panel(who, times=1):
    """Wrong passwords at a panel."""
    date = time.strftime("%Y-%m-%d %H:%M:%S")
    return [f"[{date}] ERR [panel] Failed login attempt with login 'u{i}' from IP {who}\n" for i in range(times)]


# name -> files, lines, who does not get in where and how, and how often it is found by which jail
TABLE = {
    "an enabled section twice, in two files": {
        "files": {
            "jail.local": "[postfix-sasl]\nenabled = true\nlogpath = LOG\nbackend = auto\nmaxretry = 9\n",
            "jail.d/mail.local": "[postfix-sasl]\nenabled = true\nmaxretry = 2\nport = 25,587\n",
        },
        "lines": lambda: sasl(WHO, 2) + sasl(OTHER),
        "shut": {WHO: shut((25, 587), "reset"), OTHER: {}},
    },
    "a file for each service": {
        "files": {
            "jail.local": "[DEFAULT]\nmaxretry = 3\nbackend = auto\nbantime = 1d\nignoreip = 127.0.0.1/8 ::1\n",
            "jail.d/10-sshd.conf": "[sshd]\nenabled = true\nport = ssh,2222\nlogpath = LOG\n",
            "jail.d/20-dovecot.conf": "[dovecot]\nenabled = true\nlogpath = LOG\n",
            "jail.d/30-postfix.conf": "[postfix]\nenabled = true\nmode = extra\nlogpath = LOG\n",
        },
        "lines": lambda: ssh(WHO, 3) + imap(OTHER, 3) + sasl(THIRD, 3),
        "shut": {
            WHO: shut((22, 2222), "reset"),
            OTHER: shut((143, 587, 465, 993), "reset"),
            THIRD: shut((25, 465, 587), "reset"),
        },
    },
    "action = ufw[...] with a list of ports": {
        "files": {
            "jail.local": "[postfix-sasl]\nenabled = true\nbackend = polling\nlogpath = LOG\nmaxretry = 2\n"
            'action = ufw[name=SMTP, port="smtp,465,submission", protocol=tcp, blocktype="deny"]\n',
        },
        "lines": lambda: sasl(WHO, 2),
        "shut": {WHO: shut(articles.PORTS, "dropped")},
    },
    "banaction = ufw for everything": {
        "files": {
            "jail.local": "[DEFAULT]\nbanaction = ufw\nbanaction_allports = ufw\nbackend = auto\n"
            "[sshd]\nenabled = true\nlogpath = LOG\nmaxretry = 2\n",
        },
        "lines": lambda: ssh(WHO, 2),
        "shut": {WHO: shut(articles.PORTS, "reset")},
    },
    "an own postfix-flood-attack": {
        "files": {
            "filter.d/postfix-flood-attack.conf": "[INCLUDES]\nbefore = common.conf\n\n[Definition]\n"
            "# who only comes to try AUTH\nfailregex = lost connection after (?:AUTH|UNKNOWN|EHLO) from (.*)\\[<HOST>\\]$\n"
            "ignoreregex =\n",
            "jail.local": "[postfix-flood-attack]\nenabled  = true\nbantime  = 1h\nfilter   = postfix-flood-attack\n"
            "action   = iptables-multiport[name=postfix, port=\"http,https,smtp,submission,pop3,pop3s,imap,imaps,sieve\","
            " protocol=tcp]\nlogpath  = LOG\nbackend = auto\nmaxretry = 4\nfindtime = 900\n",
        },
        "lines": lambda: lost(WHO, 4) + lost(OTHER, 3),
        "shut": {WHO: shut((25, 80, 143, 443, 587, 993), "reset"), OTHER: {}},
    },
    "banaction_allports and blocktype": {
        "files": {
            "jail.local": "[DEFAULT]\nbanaction_allports = iptables-allports[blocktype=DROP]\n"
            "[dovecot]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\n"
            "banaction = %(banaction_allports)s\n",
        },
        "lines": lambda: imap(WHO, 2),
        "shut": {WHO: shut(articles.PORTS, "dropped")},
    },
    "DROP on ranges, chain and protocol": {
        "files": {
            "jail.local": "[DEFAULT]\nchain = INPUT\nprotocol = all\n[dovecot]\nenabled = true\nbackend = auto\n"
            "logpath = LOG\nmaxretry = 2\nport = 140:150,990:999,submission\n"
            "banaction = iptables-multiport[blocktype=DROP]\n",
        },
        "lines": lambda: imap(WHO, 2),
        "shut": {WHO: shut((143, 993, 587), "dropped")},
    },
    "sshd in aggressive mode": {
        "files": {
            "jail.local": "[sshd]\nenabled = true\nmode = aggressive\nport = 22\nlogpath = LOG\nbackend = auto\n"
            "maxretry = 2\nbanaction = nftables-multiport\n",
        },
        "lines": lambda: [
            f"{logs.stamp()} sshd[{9 + i}]: Unable to negotiate with {WHO} port 5{i}: no matching host key "
            "type found. Their offer: ssh-dss [preauth]\n" for i in range(2)
        ] + [
            f"{logs.stamp()} sshd[{29 + i}]: banner exchange: Connection from {OTHER} port {i}: invalid format\n"
            for i in range(2)
        ]
        + [f"{logs.stamp()} sshd[{39 + i}]: Connection closed by {SIX} port {i} [preauth]\n" for i in range(2)],
        "shut": {WHO: shut((22,), "reset"), OTHER: shut((22,), "reset")},
    },
    "three mail jails of Plesk's": {
        "files": {
            "filter.d/plesk-qmail.conf": "[Definition]\n_daemon = smtp_auth\nfailregex = smtp_auth\\[\\d+\\]: FAILED: \\S+ - "
            "password incorrect from \\S+ \\[<HOST>\\]\\s*$\nignoreregex =\n",
            "filter.d/plesk-dovecot.conf": "[INCLUDES]\nbefore = dovecot.conf\n[Definition]\n",
            "jail.d/plesk.conf": "[DEFAULT]\nbackend = auto\nmaxretry = 2\nbanaction = iptables-multiport\n"
            "[plesk-postfix]\nenabled = true\nfilter = postfix[mode=aggressive]\n"
            'action = iptables-multiport[name="plesk-postfix", port="smtp,smtps,submission"]\nlogpath = LOG\n'
            "[plesk-dovecot]\nenabled = true\nfilter = plesk-dovecot\n"
            'action = iptables-multiport[name="plesk-dovecot", port="imap,imap3,imaps,pop3,pop3s,4190"]\nlogpath = LOG\n'
            "[plesk-qmail]\nenabled = true\nfilter = plesk-qmail\n"
            'action = iptables-multiport[name="plesk-qmail", port="smtp,smtps,submission"]\nlogpath = LOG\n',
            "jail.local": "[DEFAULT]\nbantime = 600\nfindtime = 600\n",
        },
        "lines": lambda: sasl(WHO, 2) + imap(OTHER, 2) + qmail(THIRD, 2),
        "shut": {
            WHO: shut((25, 465, 587), "reset"),
            OTHER: shut((143, 993), "reset"),
            THIRD: shut((25, 465, 587), "reset"),
        },
    },
    "roundcube": {
        "files": {
            "jail.d/webmail.conf": "[roundcube-auth]\nenabled = true\nfilter = roundcube-auth\nport = http,https\n"
            "logpath = LOG\nbackend = auto\nmaxretry = 3\n",
        },
        "lines": lambda: web(WHO, 3),
        "shut": {WHO: shut((80, 443), "reset")},
    },
    "ignoreip with networks, names and comments": {
        "files": {
            "jail.local": f"[DEFAULT]\nignoreip = 127.0.0.1/8 ::1 localhost\n           {client4(0)},{OTHER}\n"
            "           203.0.113.12/255.255.255.254 2001:db8:a:1::/64 # the office\n"
            "[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\n",
        },
        "lines": lambda: [x for who in (WHO, OTHER, THIRD, client4(0), SIX) for x in sasl(who, 2)],
        "shut": {WHO: shut((25, 143, 465, 587, 993), "reset"), OTHER: {}, THIRD: {}},
    },
    "longer with every ban": {
        "files": {
            "jail.local": "[DEFAULT]\nbantime.increment = true\nbantime.rndtime = 0\nbantime.maxtime = 5w\n"
            "bantime.factor = 2\nbantime.multipliers = 1 2 4 8 16 32 64\nbantime.overalljails = true\n"
            "bantime = 1h\n[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\n",
        },
        "lines": lambda: sasl(WHO, 2),
        "shut": {WHO: shut((25, 143, 465, 587, 993), "reset")},
    },
    "an expression of one's own beside the filter's": {
        "files": {
            "jail.local": "[dovecot]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\nport = imap\n"
            "failregex = %(known/failregex)s\n            ^too many bad words from <HOST>$\n"
            "ignoreregex = user=<a>.*rip=203\\.0\\.113\\.11,\n",
        },
        "lines": lambda: imap(WHO) + [f"{logs.stamp()} dovecot: imap-login: too many bad words from {WHO}\n"] + imap(OTHER, 2),
        "shut": {WHO: shut((143,), "reset"), OTHER: {}},
    },
    "Nextcloud with a filter of its manual's kind": {
        "files": {
            "filter.d/nextcloud.conf": "[Definition]\n"
            '_groupsre = (?:(?:,?\\s*"\\w+":(?:"[^"]+"|\\w+))*)\n'
            'failregex = ^\\{%(_groupsre)s,?\\s*"remoteAddr":"<HOST>"%(_groupsre)s,?\\s*"message":"Login failed:\n'
            '            ^\\{%(_groupsre)s,?\\s*"remoteAddr":"<HOST>"%(_groupsre)s,?\\s*"message":"Trusted domain error.\n'
            'datepattern = ,?\\s*"time"\\s*:\\s*"%%Y-%%m-%%d[T ]%%H:%%M:%%S(%%z)?"\n',
            "jail.d/nextcloud.local": "[nextcloud]\nbackend = auto\nenabled = true\nport = 80,443\nprotocol = tcp\n"
            "filter = nextcloud\nmaxretry = 3\nbantime = 86400\nfindtime = 43200\nlogpath = LOG\n",
        },
        "lines": lambda: cloud(WHO, 3) + cloud(OTHER, 2),
        "shut": {WHO: shut((80, 443), "reset"), OTHER: {}},
    },
    "nginx with passwords, robots and scripts": {
        "files": {
            "filter.d/nginx-noscript.conf": "[Definition]\nfailregex = ^<HOST> -.*GET.*(\\.php|\\.asp|\\.exe|\\.pl|\\.cgi|\\.scgi)\n"
            "ignoreregex =\n",
            "jail.local": "[DEFAULT]\nbantime  = 1h\nmaxretry = 2\nignoreip = 127.0.0.1/8 ::1 192.168.0.0/16\nbanaction = ufw\n"
            "# [recidive]\n\n[nginx-http-auth]\nenabled  = true\nmode = aggressive\nfilter   = nginx-http-auth\n"
            "port     = http,https\nlogpath  = LOG\n"
            "[nginx-botsearch]\nenabled = true\nport = http,https\nlogpath = LOG\n"
            "[nginx-limit-req]\nenabled = true\nlogpath = LOG\n[nginx-bad-request]\nenabled = true\nlogpath = LOG\n"
            "[nginx-noscript]\nenabled  = true\nport     = http,https\nfilter   = nginx-noscript\nlogpath  = LOG\nmaxretry = 3\n"
            "[php-url-fopen]\nenabled = true\nport    = http,https\nlogpath = LOG\n",
        },
        "lines": lambda: nginx_error(WHO, 2) + nginx_access(OTHER, 2) + nginx_access(SIX, 3, "/a.php") + nginx_access(THIRD, 2, "/b"),
        "shut": {WHO: shut(articles.PORTS, "reset"), OTHER: shut(articles.PORTS, "reset"), THIRD: {}},
    },
    "vsftpd, for good, on ranges of ports": {
        "files": {
            "jail.local": "[vsftpd]\nenabled = yes\nbackend = auto\nport = ftp,ftp-data,ftps,ftps-data,20:22,40000:50000\n"
            "logpath = LOG\nmaxretry = 2\nbantime = -1\n"
            'action = iptables-multiport[name=vsftpd, port="%(port)s", protocol=tcp]\n'
            "         sendmail-whois[name=VSFTPD, dest=admin@example.org]\n",
        },
        "lines": lambda: ftp(WHO, 2) + ftp(OTHER),
        "shut": {WHO: shut((22,), "reset"), OTHER: {}},
    },
    "all of Plesk's jails": {
        "files": {
            "filter.d/plesk-panel.conf": "[Definition]\n"
            "failregex = ^.*\\[panel\\].*Failed login attempt with login '.*' from IP <HOST>\\s*$\nignoreregex =\n",
            "filter.d/plesk-roundcube.conf": "[INCLUDES]\nbefore = roundcube-auth.conf\n[Definition]\n",
            "filter.d/plesk-wordpress.conf": "[Definition]\n"
            'failregex = ^<HOST>.* "POST .*/wp-login.php([/\\?#\\\\].*)? HTTP/.*" 200\nignoreregex =\n',
            "action.d/plesk-one-week-ban.conf": "[Definition]\nactionstart = echo start <name> >>OUT\n"
            "actionban = echo ban <name> <ip> <bantime> >>OUT\nactionunban = echo unban <name> <ip> >>OUT\n"
            "[Init]\nname = plesk-week\n",
            "jail.d/plesk.conf": "[DEFAULT]\nbackend = auto\nmaxretry = 2\n"
            "[plesk-apache]\nenabled = true\nfilter = apache-auth\n"
            'action = iptables-multiport[name="apache", port="http,https,7080,7081"]\n'
            "logpath = LOG\n\tFOLDER/none/*error.log\n"
            "[plesk-apache-badbot]\nenabled = true\nfilter = apache-badbots\n"
            'action = iptables-multiport[name="BadBots", port="http,https,7080,7081"]\nlogpath = LOG\nmaxretry = 1\n'
            "[plesk-panel]\nenabled = true\nfilter = plesk-panel\n"
            'action = iptables-multiport[name="plesk-login", port="8880,8443,443"]\nlogpath = LOG\n'
            "[plesk-proftpd]\nenabled = true\nfilter = proftpd\n"
            'action = iptables-multiport[name="plesk-proftpd", port="ftp,ftp-data,ftps,ftps-data"]\nlogpath = LOG\n'
            "[plesk-roundcube]\nenabled = true\nfilter = plesk-roundcube\n"
            'action = iptables-multiport[name="plesk-roundcube", port="http,https,7080,7081"]\nlogpath = LOG\n'
            "[plesk-wordpress]\nenabled = true\nfilter = plesk-wordpress\naction = plesk-one-week-ban\nbantime = 1w\nlogpath = LOG\n"
            "[ssh]\nenabled = true\nfilter = sshd\naction = iptables[name=SSH, port=ssh, protocol=tcp]\nlogpath = LOG\n",
            "jail.local": "[DEFAULT]\nbantime = 600\nfindtime = 600\n",
        },
        "lines": lambda: panel(WHO, 2) + ssh(OTHER, 2) + web(THIRD, 2) + [
            line.replace('GET /', 'POST /wp-login.php?a=/').replace('" 404', '" 200') for line in nginx_access(attacker4(3), 2)],
        "shut": {WHO: shut((443,), "reset"), OTHER: shut((22,), "reset"), THIRD: shut((80, 443), "reset"), attacker4(3): {}},
    },
    "a mail server with SOGo and roundcube": {
        "files": {
            "filter.d/roundcube.own.conf": "[Definition]\nfailregex = roundcube: <.*> Failed login for .* from <HOST>\n"
            "            roundcube\\[\\d+\\]: <\\w+> IMAP Error: Login failed for .* against .* from <HOST>(?:\\(X-.*\\))?\\.\n"
            "ignoreregex =\n",
            "filter.d/postfix.own.conf": "[Definition]\nfailregex = \\[<HOST>\\]: SASL (PLAIN|LOGIN) authentication failed\n"
            "            reject: RCPT from (.*)\\[<HOST>\\]: 550 5.1.1\n"
            "            lost connection after (AUTH|UNKNOWN|EHLO) from (.*)\\[<HOST>\\]\nignoreregex =\n",
            "jail.local": "[DEFAULT]\nignoreip = 127.0.0.1 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12\nbackend = polling\n"
            "banaction = nftables-multiport\nmaxretry = 2\n",
            "jail.d/sogo.local": "[sogo-own]\nenabled     = true\nfilter      = sogo-auth\nport        = http,https\nlogpath     = LOG\n",
            "jail.d/roundcube.local": "[roundcube-own]\nenabled = true\nfilter = roundcube.own\nfindtime = 3600\nlogpath = LOG\n"
            'action = %(banaction)s[name=roundcube, port="80,443,25,587,465,110,995,143,993,4190", protocol=tcp]\n',
            "jail.d/postfix.local": "[postfix-own]\nenabled = true\nfilter = postfix.own\nlogpath = LOG\nport = 25,465,587\n",
        },
        "lines": lambda: sogo(WHO, 2) + cube(OTHER, 2) + lost(THIRD, 2),
        "shut": {
            WHO: shut((80, 443), "reset"),
            OTHER: shut((25, 80, 143, 443, 465, 587, 993), "reset"),
            THIRD: shut((25, 465, 587), "reset"),
        },
    },
    "a jail.local from Windows, with tabs": {
        "files": {
            "jail.local": "[DEFAULT]\r\nignoreip\t=\t127.0.0.1/8 ::1\t\r\n  \r\nbantime\t= 1h\t; an hour\r\nfindtime=10m\r\n"
            "maxretry:2\r\n\r\n; words\r\n[sshd]\t\r\nenabled\t=\ttrue\r\nport\t=\tssh,2222\r\nbackend=auto\r\n"
            "logpath\t=\tLOG\r\n\r\n[postfix-sasl]   ; mail\r\n  enabled = true\r\n  backend = auto\r\n  logpath = LOG\r\n",
        },
        "lines": lambda: ssh(WHO, 2) + sasl(OTHER, 2),
        "shut": {WHO: shut((22, 2222), "reset"), OTHER: shut((25, 143, 465, 587, 993), "reset")},
    },
}


def beside(t, world, modules, name, now, lines):
    """What Debian's fail2ban makes of the same lines."""
    if not modules:
        t.skip(f"{name}: as fail2ban", "the package fail2ban is not there")
        return
    frozen = frozen_fail2ban.Frozen(modules, world.directory, now)
    said = [one.split() for line in lines for one in frozen.give(now, True, line.rstrip("\n"))]
    theirs = sorted((words[0].capitalize(), words[1], words[2]) for words in said if words[0] in ("found", "ban"))
    t.equal(world.decides(theirs), theirs, f"{name}: found and banned as fail2ban does ({len(theirs)})")


def of_table(t, world, modules):
    """Each article."""
    for name, article in TABLE.items():
        guard = world.write(article["files"])
        with guard:
            lines = article["lines"]()
            now = time.time()
            world.log.write(*lines)
            for who, expected in article["shut"].items():
                t.equal(world.becomes(who, expected), expected, f"{name}: {who}")
            beside(t, world, modules, name, now, lines)
            t.equal([row for row in guard.said().splitlines() if "left out" in row], [], f"{name}: nothing is left out")
        os.remove(guard.output)


def banned(guard, who):
    """Whether an address is banned, before long."""
    return tap.eventually(lambda: bool(guard.ask("bans", who)), 5)


def of_commands(t, world):
    """Somebody is told: by a hook, by mail with whois and the lines of the log."""
    guard = world.write({
        "action.d/slack.conf": "[Definition]\nactionstart = curl -s -X POST --data-urlencode 'payload={\"text\": "
        "\"Fail2Ban (<name>) jail has started\"}' <webhook>\n"
        "actionban = curl -s -X POST --data-urlencode 'payload={\"channel\": \"#<channel>\", \"text\": \"*<name>* banned "
        "<ip> after <failures> attempts, <fq-hostname>\"}' <webhook>\nactionunban =\n"
        "[Init]\nwebhook = https://hooks.example/none\nchannel = noc\n",
        "jail.local": "[DEFAULT]\ndestemail = abuse@example.org\nsender = f2b@example.org\nmta = mail\n"
        "action = %(action_mwl)s\n         slack[channel=mail, webhook=\"https://hooks.example/T1\"]\n"
        "[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\n"
        "[sshd]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\nmta = sendmail\n"
        "action = %(action_mw)s\n",
    })
    with guard:
        world.log.write(*sasl(WHO, 2))
        hook = f'"*postfix-sasl* banned {WHO} after 2 attempts'
        t.ok(tap.eventually(lambda: hook in world.called(), 10), "a hook is called at a ban")
        t.ok(tap.eventually(lambda: f"mail -E set escape -s [Fail2Ban] postfix-sasl: banned {WHO} from" in world.called(), 5),
             "and mail, with its subject")
        t.ok(tap.eventually(lambda: world.called().count(f"unknown[{WHO}]") == 2, 5), "the mail has the lines of the log")
        said = world.called()
        t.ok('"#mail"' in said and "https://hooks.example/T1" in said, "arguments are heeded")
        t.ok("jail has started" in said and "[Fail2Ban] postfix-sasl: started on" in said, "so is the start told")
        t.ok(f"CALLED whois {WHO}" in said and "abuse@example.org" in said, "whois is asked, the address is that of destemail")
        ports = shut((25, 143, 465, 587, 993), "reset")
        t.equal(world.becomes(WHO, ports), ports, "and the ports are closed")
        world.log.write(*ssh(OTHER, 2))
        t.ok(tap.eventually(lambda: f"Subject: [Fail2Ban] sshd: banned {OTHER} from" in world.called(), 10),
             "another jail's mail goes by sendmail")


def mails(world):
    """What sendmail was given, a text for each."""
    parts = world.called().split("CALLED sendmail -t -oi\n")
    return [part.partition("CALLED ")[0] for part in parts[1:]]


def of_smtp(t, world):
    """smtp.py's mails: of the same heads as fail2ban's own code sends to a mail server, with the same in them."""
    options = {"dest": "a@example.org, b@example.org", "sender": "f2b@example.org", "sendername": "The gu\u00e4rd", "matches": "matches"}
    arguments = ", ".join(f'{name}="{value}"' for name, value in options.items())
    guard = world.write({"jail.local": "[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\nbantime = 600\n"
                         f"action = smtp.py[{arguments}]\n"})
    with guard:
        t.ok(tap.eventually(lambda: len(mails(world)) == 1, 10), "a mail at the start")
        world.log.write(*sasl(WHO, 2))
        t.ok(tap.eventually(lambda: len(mails(world)) == 2, 10), "and at a ban")
    t.ok(tap.eventually(lambda: len(mails(world)) == 3, 10), "and at the end")
    t.equal(smtp_sink.body(mails(world)[1]).count(f"unknown[{WHO}]"), 2, "with the lines")
    if not importlib.util.find_spec("fail2ban"):
        t.skip("as fail2ban's own", "its modules are not there")
        return
    spec = importlib.util.spec_from_file_location("smtp", f"{world.directory}/action.d/smtp.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    jail = types.SimpleNamespace(name="postfix-sasl", actions=types.SimpleNamespace(getBanTime=lambda: 600))
    with smtp_sink.Sink() as sink:
        action = module.Action(jail, "smtp", host=f"127.0.0.1:{sink.port}", **options)
        action.start()
        action.ban({"ip": WHO, "failures": 2, "matches": "x"})
        action.stop()
    t.equal([smtp_sink.head(mail) for mail in mails(world)], [smtp_sink.head(mail) for mail in sink.mails], "the same heads")
    for mail in (mails(world)[1], sink.mails[1]):
        said = smtp_sink.body(mail)
        t.ok(all(word in said for word in (WHO, "600 seconds", "after 2 ", "postfix-sasl")), f"who, how long, how often, where: {said}")


def of_json(t, world):
    """Bans are told as JSON by curl; what the log says is no part of the command."""
    guard = world.write({
        "filter.d/portal.conf": "[Definition]\nfailregex = portal: no password for <F-USER>.+</F-USER> from <HOST>$\n",
        "action.d/webhook.conf": "[Definition]\nnorestored = 1\n"
        "actionban = curl -sS -X POST -H 'Content-Type: application/json' \\\n"
        "            -H 'Authorization: Bearer <token>' \\\n"
        "            -d \"{\\\"ip\\\":\\\"<ip>\\\",\\\"jail\\\":\\\"<jail>\\\",\\\"user\\\":\\\"<F-USER>\\\",\\\"count\\\":<failures>}\" \\\n"
        "            '<url>' || true\n"
        'actionunban = curl -sS -X DELETE "<url>/<ip>" > /dev/null 2>&1 &\n'
        "[Init]\nurl = https://hook.example/v1/ban\ntoken = none\njail = <name>\n",
        # A tab between them has fail2ban 1.0.2 ignore everybody.
        "jail.local": "[DEFAULT]\nignoreip = 127.0.0.1/8\t::1\n"
        "[portal]\nenabled = true\nbackend = auto\nmaxretry = 2\nlogpath = LOG\nport = https\n"
        'action = %(action_)s\n         webhook[url="https://hook.example/t?a=1&b=2", token=\'a,b]c\']\n',
    })
    with guard:
        for who, user in ((WHO, "anna"), (OTHER, 'x";touch PWNED;$(touch PWNED)`touch PWNED`')):
            world.log.write(*(f"{logs.stamp()} portal: no password for {user} from {who}\n" for _ in range(2)))
        first = f'-H Authorization: Bearer a,b]c -d {{"ip":"{WHO}","jail":"portal","user":"anna","count":2}} https://hook.example/t?a=1&b=2'
        t.ok(tap.eventually(lambda: first in world.called(), 10), f"JSON by curl: {world.called()}")
        t.ok(tap.eventually(lambda: '"user":"x";touch PWNED;$(touch PWNED)`touch PWNED`"' in world.called(), 10),
             "what a log says reaches it as it is")
        t.ok(not os.path.exists("PWNED") and not os.path.exists("/PWNED"), "and is no command")
        t.ok(banned(guard, WHO), "the ports are closed, too")
        guard.command("unban", WHO)
        t.ok(tap.eventually(lambda: f"-X DELETE https://hook.example/t?a=1&b=2/{WHO}" in world.called(), 10), "the end is told")


def of_recidive(t, world):
    """Who comes back is out for a week, by what the guard's own log says."""
    guard = world.write({
        "jail.local": "[recidive]\nenabled = true\nlogpath = FOLDER/fail2ban.log\nbackend = auto\nmaxretry = 2\n"
        "banaction = nftables-allports\n"
        "[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\nbantime = 2\n",
    })
    with guard:
        world.log.write(*sasl(WHO, 2))
        t.ok(tap.eventually(lambda: f"Unban {WHO}" in world.told(), 10), "a ban, and its end")
        world.log.write(*sasl(WHO, 2))
        t.ok(tap.eventually(lambda: ("Ban", "recidive", WHO) in world.decided(), 5), "another")
        ports = shut(articles.PORTS, "reset")
        t.equal(world.becomes(WHO, ports), ports, "is for all ports")
        t.ok("recidive" in {ban["jail"] for ban in guard.ask("bans", WHO)["bans"]}, "by recidive")


def of_logs(t, world):
    """logpath in every form."""
    os.makedirs(f"{world.folder}/vhosts/a")
    os.makedirs(f"{world.folder}/vhosts/b")
    old, tail = logs.Log(f"{world.folder}/vhosts/a/error.log"), logs.Log(f"{world.folder}/tail.log")
    tail.write(*sasl(OTHER, 2))
    guard = world.write({
        "jail.local": "[postfix-sasl]\nenabled = true\nbackend = gamin\nmaxretry = 2\n"
        "logpath = FOLDER/vhosts/*/error.log\n          FOLDER/missing.log\n          FOLDER/tail.log tail\n"
        "[sshd]\nenabled = true\nbackend = auto\nlogpath = FOLDER/nowhere/auth.log\nmaxretry = 2\nskip_if_nologs = true\n",
    })
    with guard:
        old.write(*sasl(WHO, 2))
        t.ok(banned(guard, WHO), "a file that fits a pattern is read")
        t.ok(not guard.ask("bans", OTHER), "what was in a file with `tail` is not")
        tail.write(*sasl(OTHER, 2))
        t.ok(banned(guard, OTHER), "what comes then is")
        logs.Log(f"{world.folder}/missing.log").write(*sasl(THIRD, 2))
        t.ok(banned(guard, THIRD), "a file that was missing is read when it comes")
        logs.Log(f"{world.folder}/vhosts/b/error.log").write(*sasl(SIX, 2))
        t.ok(banned(guard, SIX), "so is a new one that fits the pattern")
        os.mkdir(f"{world.folder}/nowhere")
        logs.Log(f"{world.folder}/nowhere/auth.log").write(*ssh(attacker4(5), 2))
        t.ok(banned(guard, attacker4(5)), "and one whose folder was missing")


def of_journal(t, world):
    """backend = systemd."""
    folder = f"{world.folder}/journal"
    entries = journal.Journal(folder)
    world.net.at_close(entries.close)
    guard = world.write({
        "jail.local": f'[DEFAULT]\nbackend = systemd[journalpath="{folder}", journalflags=4]\nmaxretry = 2\n'
        "[postfix-sasl]\nenabled = true\njournalmatch = _COMM=smtpd + _COMM=postfix\n"
        "[by-file]\nenabled = true\nfilter = postfix[mode=auth]\njournalmatch = _COMM=other\n"
        f'backend = systemd[journalfiles="/none/x.journal, {folder}/*.journal", rotated=on]\n',
    })
    entries.write(journal.sasl_failure(OTHER, "first"))
    with guard:
        entries.write(*(journal.sasl_failure(WHO, f"u{i}") for i in range(2)))
        t.ok(banned(guard, WHO), "entries of the journal are read")
        entries.write(*({**journal.sasl_failure(THIRD, f"u{i}"), "_COMM": "other"} for i in range(2)))
        entries.write(journal.sasl_failure(OTHER, "second"))
        t.ok(banned(guard, OTHER), "also those before the start")
        t.ok(banned(guard, THIRD), "and by its files, of which others may have other entries")
        t.ok(guard.says("`rotated` changes nothing"), "what is asked for and alike is told")
        t.equal(world.decides([0] * 9), sorted([("Found", "postfix-sasl", who) for who in (WHO, WHO, OTHER, OTHER)]
                + [("Ban", "postfix-sasl", who) for who in (WHO, OTHER)]
                + [(verb, "by-file", THIRD) for verb in ("Found", "Found", "Ban")]), "found and banned")


def of_encodings(t, world, modules):
    """Logs that are not in UTF-8, or not in anything, and names with letters of other scripts."""
    old = logs.Log(f"{world.folder}/old.log")
    guard = world.write({
        "filter.d/portal.conf": "[Definition]\n"
        "failregex = portal: ung\u00fcltiges Passwort f\u00fcr <F-USER>\\w+</F-USER> von <HOST>$\n",
        "jail.local": "[DEFAULT]\nmaxretry = 2\nbackend = auto\nfilter = portal\nport = https\n"
        "[portal]\nenabled = true\nlogpath = LOG\n"
        "[portal-old]\nenabled = true\nlogpath = FOLDER/old.log\nlogencoding = iso-8859-1\n",
    })
    with guard:
        def line(who, user):
            return f"{logs.stamp()} portal: ung\u00fcltiges Passwort f\u00fcr {user} von {who}\n"

        lines, now = [line(who, user) for who in (WHO, OTHER) for user in ("anna", "j\u00f6rg")], time.time()
        world.log.write(*lines)
        t.ok(banned(guard, WHO) and banned(guard, OTHER), "a filter with letters that ASCII has not")
        for text in lines:
            old.raw(text.replace(WHO, THIRD).replace(OTHER, SIX).encode("latin-1"))
        t.ok(banned(guard, THIRD) and banned(guard, SIX), "the same one for a log in Latin-1")
        if modules:
            frozen = frozen_fail2ban.Frozen(modules, world.directory, now)
            theirs = [one.split() for text in lines for one in frozen.give(now, True, text.rstrip("\n"))]
            theirs = sorted((words[0].capitalize(), words[2]) for words in theirs if words[1] == "portal")
            ours = sorted((verb, who) for verb, jail, who in world.decided() if jail == "portal")
            t.equal(ours, theirs, "found and banned as fail2ban does")
        for _ in range(2):
            world.log.raw(line(attacker4(6), "x\u00e4").encode("latin-1") + b"\xff\xfe\x00\x80 sshd\n")
            world.log.write(line(attacker4(7), "x\u00e4"))
        t.ok(banned(guard, attacker4(7)), "bytes that are no text hide no other line")


def hears(syslog, text):
    """Whether syslog is sent a line that ends so."""
    for _ in range(20):
        with contextlib.suppress(TimeoutError):
            if syslog.recv(9000).decode().endswith(text):
                return True
    return False


def listen(path):
    """A syslog of our own."""
    syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    syslog.bind(path)
    syslog.settimeout(4)
    return syslog


def of_syslog(t, world):
    """logtarget = SYSLOG, with a syslog that is started anew."""
    path = f"{world.folder}/log"
    guard = world.write({
        "fail2ban.local": f"[Definition]\nlogtarget = SYSLOG[facility=local3]\nsyslogsocket = {path}\n",
        "jail.local": "[postfix-sasl]\nenabled = true\nbackend = auto\nlogpath = LOG\nmaxretry = 2\n",
    }, has_log=False)
    with listen(path) as syslog, guard:
        pid = guard.process.pid
        world.log.write(*sasl(WHO, 2))
        found = syslog.recv(9000).decode()
        t.ok(found.startswith(f"<158>fail2ban.filter[{pid}]: INFO [postfix-sasl] Found {WHO} - "), f"syslog hears {found}")
        t.ok(hears(syslog, f"fail2ban.actions[{pid}]: NOTICE [postfix-sasl] Ban {WHO}"), "and of a ban")
        os.remove(path)
        with listen(path) as other:
            guard.process.send_signal(signal.SIGUSR1)
            world.log.write(*sasl(OTHER, 2))
            t.ok(hears(other, f"[postfix-sasl] Ban {OTHER}") or
                 (world.log.write(*sasl(THIRD, 2)) or hears(other, f"[postfix-sasl] Ban {THIRD}")), "so does the next one")
        t.ok(banned(guard, OTHER), "who is banned in any case")


def of_migrate(t, world):
    """What `komainu migrate` says beforehand."""
    world.write({
        "fail2ban.local": "[Definition]\ndbfile = None\n",
        "jail.local": "[DEFAULT]\nbackend = auto\nignoreip = 127.0.0.1/8 # us\naction = %(action_mw)s\n"
        "[postfix-sasl]\nenabled = true\nlogpath = LOG\n[dovecot]\nenabled = true\nlogpath = LOG\n"
        "[own]\nenabled = true\nlogpath = LOG\nfilter = dovecot\nfailregex = ^(<HOST>\n"
        "[old]\nenabled = true\nlogpath = LOG\nfilter = dovecot\nfailregex = rip=(?P<host>\\S+),\n"
        "[banned_db]\nenabled = true\nlogpath = LOG\nfilter = dovecot\naction = mail[name=db]\n",
    })
    done = world.guard.command("migrate", "--fail2ban", world.directory, check=False)
    rows = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    t.ok("left out" in rows.get("own", ""), "a jail whose expression cannot be compiled is left out")
    t.ok("a group that does not end" in done.stdout, "and the reason is said")
    t.ok("by runner" in rows.get("dovecot", ""), "one with commands needs the runner")
    t.ok("by runner" in rows.get("banned_db", "") and "by runner: commands of its actions are run; what a firewall's" in done.stdout,
         "so does one that has nothing else")
    t.ok("for the (?P<host>...) of fail2ban 0.9 write <HOST>" in done.stdout, "an expression of old says what to write")
    t.equal(done.stdout.count("`ignoreip`: `#`"), 1, "what is the same for all jails is said once")
    t.ok("all jails:" in done.stdout and "`dbfile` is `None`" in done.stdout, "so is what fail2ban.conf says")


def of_udp(t, world):
    """protocol = udp."""
    guard = world.write({
        "filter.d/dns.conf": "[Definition]\nfailregex = named\\[\\d+\\]: client <HOST>#\\d+ .*denied$\n",
        "jail.local": "[dns]\nenabled = true\nbackend = auto\nport = domain,953\nprotocol = udp\nlogpath = LOG\n"
        "maxretry = 1\nbanaction = nftables-multiport[blocktype=drop]\n",
    })
    with guard:
        world.log.write(f"{logs.stamp()} named[1]: client {WHO}#4711 (x.example): query denied\n")
        t.ok(banned(guard, WHO), "an own filter for another service")
        nft = Nft(world.net.server)
        t.equal((set(nft.elements("ban4.u53.u953")), nft.banned()), ({WHO}, set()), "closes its ports of UDP")
        t.equal(world.shut(WHO), {}, "and none of TCP")


def main(t):
    """All of them, one guard after the other."""
    modules = frozen_fail2ban.load()
    with Network() as net:
        world = articles.World(net)
        try:
            of_table(t, world, modules)
            of_encodings(t, world, modules)
            for part in (of_commands, of_smtp, of_json, of_recidive, of_logs, of_journal, of_syslog, of_migrate, of_udp):
                part(t, world)
        finally:
            world.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", articles.STOCK + "/jail.conf"], package="fail2ban")
