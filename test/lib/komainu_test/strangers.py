"""Configurations of /etc/fail2ban as people have them, each with a log: what a panel writes, what somebody wrote
in 2016 and has added to since, and a server of several web applications. LOG is the log."""
PLESK = {
    "jail.d/plesk.conf": """[plesk-postfix]
enabled = true
filter = plesk-postfix
action = iptables-multiport[name="plesk-postfix", port="smtp,smtps,submission", protocol=tcp]
logpath = LOG
maxretry = 4

[plesk-dovecot]
enabled = true
filter = plesk-dovecot
action = iptables-multiport[name="plesk-dovecot", port="imap,imap3,imaps,pop3,pop3s,4190", protocol=tcp]
logpath = LOG
maxretry = 4

[plesk-panel]
enabled = true
filter = plesk-panel
action = iptables-multiport[name="plesk-login", port="8880,8443"]
logpath = LOG
maxretry = 5

[plesk-modsecurity]
enabled = true
filter = plesk-modsecurity
action = plesk-modsec[name="plesk-modsecurity"]
logpath = LOG
maxretry = 2

[plesk-wordpress]
enabled = true
filter = plesk-wordpress
action = iptables-multiport[name="plesk-wordpress", port="http,https,7080,7081"]
logpath = LOG
maxretry = 5

[plesk-apache]
enabled = true
filter = apache-auth
action = iptables-multiport[name=apache, port="http,https,7080,7081"]
logpath = LOG
maxretry = 6

[plesk-apache-badbot]
enabled = true
filter = apache-badbots
action = iptables-multiport[name=BadBots, port="http,https,7080,7081"]
logpath = LOG
maxretry = 1

[plesk-roundcube]
enabled = true
filter = plesk-roundcube
action = iptables-multiport[name="plesk-roundcube", port="http,https,7080,7081"]
logpath = LOG

[plesk-proftpd]
enabled = true
filter = proftpd
action = iptables-multiport[name="plesk-proftpd", port="ftp,ftp-data,ftps,ftps-data"]
logpath = LOG

[recidive]
enabled = true
filter = recidive
action = iptables-allports[name=recidive]
logpath = LOG
""",
    "jail.local": """[DEFAULT]
maxretry = 5
bantime = 600
findtime = 600
ignoreip = 127.0.0.1/8 ::1 203.0.113.10

[sshd]
logpath = LOG
[ssh]
enabled = true
filter = sshd
action = iptables[name=SSH, port=ssh, protocol=tcp]
logpath = LOG
""",
    "filter.d/plesk-postfix.conf": """[INCLUDES]
before = common.conf

[Definition]
_daemon = postfix(-\\w+)?/(?:submission/)?smtpd
failregex = ^%(__prefix_line)swarning: \\S+\\[<HOST>\\]: SASL ((?i)login|plain|cram-md5) authentication failed(?::\\s*[\\w+/=]*| *:.*)?$
            ^%(__prefix_line)sNOQUEUE: reject: RCPT from \\S+\\[<HOST>\\]: 5\\d\\d .*$
ignoreregex = failed: Connection lost to authentication server$
""",
    "filter.d/plesk-dovecot.conf": """[INCLUDES]
before = common.conf

[Definition]
_daemon = (?:auth|(?:plesk-)?dovecot(?:-auth)?)
failregex = ^%(__prefix_line)s%(__pam)s\\(?\\S*\\)?:?\\s+authentication failure; .*\\brhost=<HOST>(?:\\s+user=(?P<user>\\S*))?\\s*$
            ^%(__prefix_line)s(?:imap|pop3|managesieve)-login: (?:Aborted login|Disconnected)[^(]*\\((?:auth failed|no auth|tried to use)[^)]*\\):(?: user=<(?P<user_b>[^>]*)>,)?(?: \\w+=[^,]+,)*? rip=<HOST>,
ignoreregex =
__pam = pam_unix
""",
    "filter.d/plesk-panel.conf": """[Definition]
failregex = ^(?:\\[\\]\\s+)?\\S+ \\[panel\\] Failed login attempt with login '[^']*' from IP <HOST>\\s*$
            ^.*\\bFailed login attempt with login '.*' from IP <HOST>$
ignoreregex =
""",
    "filter.d/plesk-modsecurity.conf": """[Definition]
failregex = ^\\[[^]]*\\]\\s+[\\w@-]{20,30}\\s+<HOST>\\s+\\d+\\s
            \\[client <HOST>(?::\\d+)?\\] ModSecurity:\\s+(?:\\[[^]]*\\]\\s+)*Access denied with code (?:403|50\\d)
            ^\\[\\]\\s+\\[\\w\\]\\s+\\[\\w\\]\\s+<HOST>\\s
ignoreregex =
""",
    "filter.d/plesk-wordpress.conf": """[Definition]
failregex = ^<HOST>\\s.*"POST [^"]*/wp-login\\.php(?:[/?#][^"]*)? HTTP/[^"]*" 200
            ^<HOST> .* "POST .*/xmlrpc\\.php HTTP/\\d(?:\\.\\d)?" (?:200|401|403)
ignoreregex =
""",
    "filter.d/plesk-roundcube.conf": """[INCLUDES]
before = common.conf
[Definition]
failregex = ^\\s*(?:\\[\\])?:?\\s*(?:%(__hostname)s\\s+roundcube:\\s*)?(?:<\\w+>\\s*)?(?:IMAP Error: )?(?:FAILED|Login failed|Failed login)(?: login)? for .*? from <HOST>(?:\\. .*| in session \\w+.*)?$
ignoreregex =
""",
    "action.d/plesk-modsec.conf": """[INCLUDES]
before = iptables-common.conf
[Definition]
actionstart = <iptables> -N <own>
              <iptables> -I <chain> -p tcp -m multiport --dports <port> -j <own>
actionstop = <iptables> -D <chain> -p tcp -m multiport --dports <port> -j <own>
             <iptables> -F <own> && <iptables> -X <own>
actioncheck = <iptables> -n -L <own> >/dev/null
actionban = <iptables> -I <own> 1 -s <ip> -j <blocktype>
            [ ! -x /usr/local/bin/hook ] || /usr/local/bin/hook --ban "<ip>" --jail "<name>"
actionunban = <iptables> -D <own> -s <ip> -j <blocktype>
own = psa-<name>
[Init]
name = default
port = http,https,7080,7081
""",
}
PLESK_LOG = """Nov 22 10:00:00 host postfix/smtpd[11]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6
Nov 22 10:00:01 host postfix/smtpd[11]: warning: unknown[192.0.2.7]: SASL login authentication failed: Connection lost to authentication server
Nov 22 10:00:02 host postfix/submission/smtpd[11]: warning: mail.example.org[2001:db8::9]: SASL PLAIN authentication failed:
Nov 22 10:00:03 host postfix/smtpd[11]: NOQUEUE: reject: RCPT from unknown[192.0.2.8]: 554 5.7.1 <a@b.c>: Relay access denied; from=<x@y.z> to=<a@b.c> proto=ESMTP helo=<h>
Nov 22 10:00:04 host plesk-dovecot[12]: imap-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<anna>, method=PLAIN, rip=192.0.2.9, lip=203.0.113.1, TLS, session=<abc>
Nov 22 10:00:04 host dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<anna>, method=PLAIN, rip=192.0.2.9, lip=203.0.113.1, TLS: Disconnected, session=<abc>
Nov 22 10:00:05 host dovecot[12]: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob rhost=192.0.2.10  user=bob
Nov 22 10:00:05 host auth: pam_unix authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob rhost=192.0.2.10
[2026-11-22 10:00:06.123] 7:58a3f [panel] Failed login attempt with login 'admin' from IP 192.0.2.11
[2026-11-22 10:00:06] ERR [panel] Failed login attempt with login 'it's' from IP 2001:db8::11
[Sun Nov 22 10:00:07.123456 2026] [:error] [pid 77] [client 192.0.2.12:4711] ModSecurity: Access denied with code 403 (phase 2). Pattern match
[Sun Nov 22 10:00:07.123456 2026] [:error] [pid 77:tid 88] [client 192.0.2.12] ModSecurity:  [file "/etc/x.conf"] [line "5"] Access denied with code 501
[22/Nov/2026:10:00:08 +0000] WWQ0eH8AAQEAAD0tGk0AAAAA 192.0.2.13 4712 203.0.113.1 443
[22/Nov/2026:10:00:08.123 +0000] [x] [y] 192.0.2.13 z
192.0.2.14 - - [22/Nov/2026:10:00:09 +0000] "POST /wp-login.php HTTP/1.1" 200 3456 "-" "Mozilla/5.0"
2001:db8::14 - - [22/Nov/2026:10:00:09 +0000] "POST /blog/wp-login.php?x=1 HTTP/2" 200 3456 "-" "Mozilla/5.0"
192.0.2.14 - - [22/Nov/2026:10:00:09 +0000] "POST /xmlrpc.php HTTP/1.0" 403 3456 "-" "ünal"
192.0.2.15 - - [22/Nov/2026:10:00:10 +0000] "GET / HTTP/1.0" 200 1 "-" "Atomic_Email_Hunter/4.0"
[22-Nov-2026 10:00:11 +0000]: <abcd1234> Failed login for anna from 192.0.2.16 in session x1 (error: 0)
22-Nov-2026 10:00:11 +0000: IMAP Error: Login failed for bob from 192.0.2.16. AUTHENTICATE PLAIN in /usr/share/psa-roundcube/program/lib/Roundcube/rcube_imap.php on line 198 (POST /?_task=login)
[22-Nov-2026 10:00:11 +0000]: host roundcube: <abcd> IMAP Error: FAILED login for bob from 192.0.2.16
Nov 22 10:00:12 host proftpd[13]: 203.0.113.1 (192.0.2.17[192.0.2.17]) - USER x: no such user found from 192.0.2.17 [192.0.2.17] to 203.0.113.1:21
Nov 22 10:00:13 host sshd[14]: Failed password for root from 192.0.2.18 port 22 ssh2
2026-11-22 10:00:14,123 fail2ban.actions        [812]: NOTICE  [plesk-postfix] Ban 192.0.2.19
"""
OLD = {
    "filter.d/old-app.conf": """# written in 2016
[INCLUDES]
before = common.conf

[Definition]
_daemon = (?:old-?app|worker/\\d+)
# the address stands in the line before
failregex = ^%(__prefix_line)sconnect from \\S+\\[<HOST>\\]<SKIPLINES>^%(__prefix_line)slogin (?:failed|refused) for user "(?P<user>[^"]*)"$
            ^\\s*ERROR\\s+login\\s+failed\\s*\\n\\s*user: .*\\n\\s*ip:\\s+<HOST>\\s*$
            ^%(__prefix_line)s(?:.*,)?\\s*Too many errors from <HOST>(?::\\d{1,5})?[.;]?\\s*$
ignoreregex = ^.*user "monitor"$
[Init]
maxlines = 6
journalmatch = _SYSTEMD_UNIT=old-app.service + _COMM=oldapp
""",
    "filter.d/new-app.conf": """[INCLUDES]
before = common.conf
[DEFAULT]
_daemon = new-app
[Definition]
_daemon = newd(?:-\\w+)?
prefregex = ^%(__prefix_line)s(?:<F-MLFID>conn=\\d+</F-MLFID> )?<F-CONTENT>.+</F-CONTENT>$
cmnfailre = ^auth (?:failed|denied) for (?P<_q>['"]?)<F-USER>[^'"]*</F-USER>(?P=_q) from <ADDR>(?: port <F-PORT>\\d+</F-PORT>)?$
            ^<F-NOFAIL>start</F-NOFAIL> from <ADDR>$
            ^bad password, user=<F-ALT_USER>\\S+</F-ALT_USER>$
            ^<F-MLFFORGET>end</F-MLFFORGET> of session$
            ^welcome <F-MLFGAINED><F-USER>\\S+</F-USER></F-MLFGAINED>$
mdre-normal =
mdre-aggressive = ^probe <F-ID>\\S+</F-ID> by <HOST>$
                  ^(?P<how>scanned|scanning) by <SUBNET>$
failregex = <cmnfailre>
            <mdre-<mode>>
mode = normal
ignoreregex = ^auth failed for '?health'?\\b
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S(?:\\.%%f)?%%z
              {^LN-BEG}
journalmatch = _SYSTEMD_UNIT=newd.service
""",
    "filter.d/new-app.local": "[Definition]\\ncmnfailre = %(known/cmnfailre)s\\n            ^local rule: <HOST>$\\n".replace("\\n","\n"),
    "action.d/slack.conf": """[Definition]
actionstart = curl -s -o /dev/null -X POST -H 'Content-type: application/json' --data '{"text":"[<name>] started on <fq-hostname>"}' <slack_webhook>
actionstop = curl -s -o /dev/null -X POST -H 'Content-type: application/json' --data '{"text":"[<name>] stopped"}' <slack_webhook>
actioncheck =
actionban = curl -s -o /dev/null -X POST -H 'Content-type: application/json' \\
            --data '{"channel":"<channel>","text":":no_entry: [<name>] banned `<ip>` (<ip-host>) after <failures> failures, for <bantime>s", "attachments":[{"text":"<matches>"}]}' <slack_webhook>
actionunban = [ "<notify_unban>" = "yes" ] && curl -s --data '{"text":"unban <ip>"}' <slack_webhook> || true
norestored = 1
timeout = 10
[Init]
slack_webhook = https://hooks.example.org/services/T0/B0/X?a=1&b=%%20
channel = #security
notify_unban = no
name = default
""",
    "jail.local": """[DEFAULT]
bantime  = 1h
bantime.increment = true
bantime.rndtime = 0
bantime.maxtime = 1w
findtime = 10m
maxretry = 3
destemail = root@localhost
mta = mail
banaction = iptables-ipset-proto6
banaction_allports = iptables-ipset-proto6-allports
action_slack = %(action_)s
               slack[name=%(__name__)s, channel="#ops, alerts", slack_webhook="https://hooks.example.org/services/T1/B1/Y"]
action = %(action_slack)s
[sshd]
logpath = LOG
""",
    "jail.d/10-old.conf": """[old-app]
enabled = true
filter = old-app
port = 8000:8010,9443
logpath = LOG
          /var/log/none/*.log
usedns = no
""",
    "jail.d/20-new.conf": """[new-app]
enabled = true
filter = new-app[mode=aggressive, journalmatch="_COMM=newd"]
port = http,https
action = %(action_)s[actname=%(__name__)s-x]
         iptables-ipset-proto6[name=%(__name__)s, port="%(port)s", protocol="%(protocol)s", ipsetname="f2b-%(__name__)s", blocktype=DROP]
         slack[name=%(__name__)s]
logpath = LOG
maxmatches = 2
ignorecommand = %(fail2ban_confpath)s/filter.d/ignorecommands/apache-fakegooglebot <ip>
""",
    "jail.d/30-new-quiet.local": """[new-app-quiet]
enabled = true
filter = new-app
backend = polling
logpath = LOG
bantime.multipliers = 1 5 30
bantime.increment = yes
action = slack[name=%(__name__)s, notify_unban=yes, actname=a]
         slack[name=%(__name__)s, actname=b]
         dummy
""",
}
OLD_LOG = """Nov 22 10:00:00 host oldapp[5]: connect from x.example.org[192.0.2.1]
Nov 22 10:00:00 host oldapp[5]: something
Nov 22 10:00:01 host old-app[5]: login failed for user "anna"
Nov 22 10:00:02 host worker/3[6]: connect from unknown[2001:db8::2]
Nov 22 10:00:02 host worker/3[6]: login refused for user "monitor"
Nov 22 10:00:03 ERROR   login   failed
Nov 22 10:00:03   user: ünal
Nov 22 10:00:03   ip:   192.0.2.3
Nov 22 10:00:04 host oldapp: x, y, Too many errors from 192.0.2.4:8080;
Nov 22 10:00:05 host oldapp[7]: Too many errors from ::ffff:192.0.2.5.
Nov 22 10:00:06 host oldapp[5]: connect from a[192.0.2.6]
Nov 22 10:00:06 host oldapp[5]: connect from b[192.0.2.7]
Nov 22 10:00:06 host oldapp[5]: login failed for user "x y"
Nov 22 10:00:06 host oldapp[5]: login failed for user ""
2026-11-22T10:00:07.123456+00:00 host newd[8]: auth failed for 'anna' from 192.0.2.21 port 4711
2026-11-22T10:00:07+01:00 host newd-worker[8]: auth denied for bob from 2001:db8::22
2026-11-22T10:00:08Z host newd[8]: conn=17 start from 192.0.2.23
2026-11-22T10:00:08Z host newd[8]: conn=17 bad password, user=carl
2026-11-22T10:00:08Z host newd[8]: conn=17 bad password, user=dora
2026-11-22T10:00:09Z host newd[8]: conn=17 end of session
2026-11-22T10:00:09Z host newd[8]: conn=18 bad password, user=eve
2026-11-22T10:00:09Z host newd[8]: conn=18 start from 192.0.2.24
2026-11-22T10:00:09Z host newd[8]: conn=18 welcome eve
2026-11-22T10:00:10Z host newd[8]: auth failed for 'health' from 192.0.2.25
Nov 22 10:00:11 host newd[8]: probe id-4711 by 192.0.2.26
Nov 22 10:00:11 host newd[8]: scanning by 192.0.2.0/24
Nov 22 10:00:11 host newd[8]: scanned by 2001:db8::/48
Nov 22 10:00:12 host newd[8]: local rule: mail.example.net
Nov 22 10:00:12 host newd[8]: local rule: 192.0.2.27
Nov 22 10:00:13 host newd: auth failed for "it's" from 192.0.2.28
"""
OWNER = {
    "fail2ban.local": "[Definition]\nloglevel = INFO\ndbpurgeage = 7d\n",
    "jail.local": """[DEFAULT]
ignoreip = 127.0.0.1/8 ::1
           192.168.0.0/16   # the office
bantime = 86400
chain = INPUT
allowed = 1
mytag = from-%(__name__)s
[sshd]
enabled = true
mode = ddos
port = ssh,2222
logpath = LOG
[postfix]
enabled = true
mode = extra
logpath = LOG
[postfix-sasl]
enabled = true
filter = postfix[mode=auth]
logpath = LOG
action = %(banaction)s[name=%(__name__)s, port="%(port)s", protocol="%(protocol)s", chain="<known/chain>", actname=%(banaction)s-tcp]
         %(mta)s-whois-lines[name=%(__name__)s, sender="%(sender)s", dest="%(destemail)s", logpath="%(logpath)s", chain="%(chain)s"]
[dovecot]
enabled = true
logpath = LOG
action = ipset-hook[name=%(__name__)s, set="%(mytag)s"]
[nextcloud]
enabled = true
filter = nextcloud
port = 80,443
protocol = tcp
logpath = LOG
maxretry = 3
[vaultwarden]
enabled = true
filter = vaultwarden
port = 80,443,8081
logpath = LOG
banaction = %(banaction_allports)s
[http-get-dos]
enabled = true
port = http,https
filter = http-get-dos
logpath = LOG
maxretry = 300
findtime = 300
bantime = 600
action = iptables[name=HTTP, port=http, protocol=tcp]
[wordpress-hard]
enabled = true
filter = wordpress-hard
logpath = LOG
maxretry = 1
port = http,https
[traefik-botsearch]
enabled = true
filter = traefik-botsearch
logpath = LOG
[ban-404]
enabled = true
filter = ban-404
logpath = LOG
""",
    "filter.d/nextcloud.conf": """[Definition]
_pair = ,?\\s*"\\w+":(?:"[^"]*"|\\w+)
failregex = ^\\{(?:%(_pair)s)*?,?\\s*"remoteAddr":"<HOST>"(?:%(_pair)s)*?,?\\s*"message":"(?:Login failed:|Trusted domain error\\.)
datepattern = ,?\\s*"time"\\s*:\\s*"%%Y-%%m-%%d[T ]%%H:%%M:%%S(%%z)?"
""",
    "filter.d/vaultwarden.conf": """[INCLUDES]
before = common.conf
[Definition]
failregex = ^.*?\\bpassword is incorrect\\..* IP: <ADDR>\\. Username: <F-USER>\\S*</F-USER>$
            ^.*\\badmin token\\. IP: <ADDR>\\.?\\s*$
ignoreregex =
""",
    "filter.d/http-get-dos.conf": """[Definition]
failregex = ^<HOST> -.*"(GET|POST).*
ignoreregex = ^<HOST> -.*"GET /(?:static|favicon\\.ico)
""",
    "filter.d/wordpress-hard.conf": """[INCLUDES]
before = common.conf
[Definition]
_daemon = (?:wordpress|wp)
_what = (?:unknown user|Pingback error|spam comment)
failregex = (?i)^%(__prefix_line)s(?:\\w+ )*?%(_what)s\\b.* from <HOST>$
ignoreregex =
""",
    "filter.d/traefik-botsearch.conf": """[INCLUDES]
before = botsearch-common.conf
[Definition]
failregex = ^<HOST> - \\S+ \\[\\] "(?:GET|HEAD|POST) /<block> [^"]*" 404\\b
            (?i)^<HOST> .* "[a-z]+ /(?:\\.env|\\.git/config|wp-admin)[^"]*" [45]\\d\\d\\b
datepattern = \\[%%d/%%b/%%Y:%%H:%%M:%%S %%z\\]
              ^[^\\[]*\\[({DATE})
""",
    "filter.d/ban-404.conf": """[Definition]
failregex = ^(?:\\S+ )?<ADDR> \\S+ \\S+ \\[\\] "[^"]*" (?:404|444|499) \\d+ "(?:[^"\\\\]|\\\\.)*" "(?:[^"\\\\]|\\\\.)*"(?: .*)?$
ignoreregex = \\.(?:ico|png|jpe?g|css|js|woff2?)(?:\\?[^ ]*)? HTTP/
""",
    "action.d/ipset-hook.conf": """[INCLUDES]
before = iptables-common.conf
[Definition]
actionstart = ipset -exist create <ipmset> hash:ip timeout <default-timeout> <familyopt>
              <iptables> -I <chain> -m set --match-set <ipmset> src -j <blocktype>
actionflush = ipset flush <ipmset>
actionstop = <iptables> -D <chain> -m set --match-set <ipmset> src -j <blocktype>
             <actionflush>
             ipset destroy <ipmset>
actionban = ipset -exist add <ipmset> <ip> timeout <ipsettime>
            /usr/local/bin/hook "<F-USER>" '<F-CONTENT>' "<ipmatches>" "<time>" "<bancount>" </dev/null >>/var/log/hook.log 2>&1 &
actionprolong = %(actionban)s
actionunban = ipset -exist del <ipmset> <ip>
[Init]
default-timeout = 0
ipsettime = 0
set = x
ipmset = f2b-<name>-<set>
familyopt =
[Init?family=inet6]
ipmset = f2b-<name>-<set>6
familyopt = family inet6
""",
}
OWNER_LOG = """{"reqId":"x1","level":2,"time":"2026-11-22T10:00:00+00:00","remoteAddr":"192.0.2.41","user":"--","app":"core","method":"POST","url":"/login","message":"Login failed: anna (Remote IP: 192.0.2.41)","userAgent":"M"}
{"reqId":"x1","level":2,"time":"2026-11-22 10:00:01","remoteAddr":"2001:db8::41","user":"--","message":"Trusted domain error. \\"x\\" tried to access"}
[2026-11-22 10:00:02.123][vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.42. Username: anna@example.org.
[2026-11-22 10:00:02.123 +0000][vaultwarden::api::admin][ERROR] Invalid admin token. IP: 2001:db8::42
192.0.2.43 - - [22/Nov/2026:10:00:03 +0000] "GET /static/x HTTP/1.1" 200 5 "-" "M"
192.0.2.43 - anna [22/Nov/2026:10:00:03 +0000] "POST /x HTTP/1.1" 200 5 "-" "M"
host.example.org - - [22/Nov/2026:10:00:03 +0000] "GET / HTTP/1.1" 404 5 "-" "M"
Nov 22 10:00:04 host wordpress(example.org)[9]: Authentication attempt for unknown user admin from 192.0.2.44
Nov 22 10:00:04 host wp[9]: Pingback error 17 generated from 192.0.2.44
192.0.2.45 - - [22/Nov/2026:10:00:05 +0000] "GET /phpmyadmin/ HTTP/1.1" 404 19 "-" "-" 1 "-" "-" 0ms
192.0.2.45 - - [22/Nov/2026:10:00:05 +0000] "get /.env HTTP/1.1" 404 19 "-" "-" 1 "-" "-" 0ms
2001:db8::45 - - [22/Nov/2026:10:00:05 +0000] "GET /.GIT/config HTTP/1.1" 403 19
www.example.org 192.0.2.46 - - [22/Nov/2026:10:00:06 +0000] "GET /a HTTP/1.1" 404 19 "-" "a \\"b\\" c"
192.0.2.46 - - [22/Nov/2026:10:00:06 +0000] "GET /a.png?x=1 HTTP/1.1" 404 19 "-" "-"
Nov 22 10:00:07 host sshd[14]: Connection closed by 192.0.2.47 port 22 [preauth]
Nov 22 10:00:07 host sshd[15]: Unable to negotiate with 192.0.2.47 port 22: no matching key exchange method found.
Nov 22 10:00:08 host postfix/smtpd[16]: NOQUEUE: reject: RCPT from unknown[192.0.2.48]: 450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.48]; from=<a@b.c> to=<d@e.f> proto=ESMTP helo=<x>
Nov 22 10:00:08 host postfix/smtpd[16]: warning: unknown[192.0.2.48]: SASL LOGIN authentication failed: authentication failure
Nov 22 10:00:09 host dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<anna>, method=PLAIN, rip=192.0.2.49, lip=203.0.113.1, TLS, session=<abc>
"""
ALL = {"a panel": (PLESK, PLESK_LOG), "an old hand": (OLD, OLD_LOG), "web applications": (OWNER, OWNER_LOG)}
