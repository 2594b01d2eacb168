/* load_world: a machine and filters that are made up, for the tests of load.h. */
#pragma once

#include "conf/load.h"
#include "conf/value.h"
#include "unit.h"

#define FILTER "[Definition]\nfailregex = ^bad <HOST>$\n"
#define ON "[j]\nenabled = yes\nfilter = f\nlogpath = /l\n"
#define JAIL "built-in/jail.conf"

/* A mail server with a mail log, and sshd without any log. */
static inline struct machine
made_up_machine(void)
{
    struct machine m = {0};
    struct machine_service *postfix = &m.services[MACHINE_POSTFIX];
    struct machine_service *sshd = &m.services[MACHINE_SSHD];
    struct span wrong;

    postfix->is_present = sshd->is_present = true;
    (void)snprintf(postfix->logs[0].path, MACHINE_PATH_MAX, "/var/log/mail.log");
    postfix->logs[0].is_present = true;
    (void)snprintf(postfix->logs[1].path, MACHINE_PATH_MAX, "/var/log/maillog");
    postfix->log_count = 2;
    (void)snprintf(sshd->logs[0].path, MACHINE_PATH_MAX, "/var/log/auth.log");
    sshd->log_count = 1;
    assert_true(value_ports(SPAN("25,465,587"), &postfix->ports, &wrong));
    assert_true(value_ports(SPAN("22"), &sshd->ports, &wrong));
    assert_true(addr_parse_prefix(SPAN("10.0.0.0/8"), &m.mynetworks.prefixes[0]));
    assert_true(addr_parse_prefix(SPAN("192.0.2.1"), &m.relayhosts.prefixes[0]));
    assert_true(addr_parse_prefix(SPAN("192.0.2.53"), &m.resolvers.prefixes[0]));
    m.mynetworks.count = m.relayhosts.count = m.resolvers.count = 1;
    return m;
}

/* Loads the texts of komainu.conf and jail.conf, beside filters "f" and "g". */
static inline int
load(const char *komainu, const char *jail, const struct machine *m, struct config *out,
     struct buf *errors)
{
    static const char g[] =
        "[Definition]\n_daemon = g/<kind>\nevent = auth_ok\n"
        "prefregex = ^<PREFIX>p: <F-CONTENT>.+</F-CONTENT>$\n"
        "failregex = ^one <HOST>\n\n  ^two-<kind> %(more)s\nignoreregex = ^not\n"
        "more = [a-z] 100%%\n[Init]\nkind = init\n";
#define FILE_OF(name, text)                                                              \
    {                                                                                    \
        (name), (text), sizeof(text) - 1                                                 \
    }
    const struct conf_builtin builtins[] = {
        {"komainu.conf", komainu, strlen(komainu)},
        {"jail.conf", jail, strlen(jail)},
        FILE_OF("filter.d/f.conf", FILTER),
        FILE_OF("filter.d/g.conf", g),
        FILE_OF("filter.d/empty.conf", "[Definition]\nx = 1\n"),
        FILE_OF("filter.d/later.conf",
                "[Definition]\nfailregex = <HOST>\nmaxlines = many\n"
                "event = nonsense\nusedns = maybe\n"),
        FILE_OF("filter.d/loop.conf", "[Definition]\nfailregex = <a>\na = <b>\nb = <a>\n"
                                      "ignoreregex = %(none)s\n"),
        FILE_OF("filter.d/kinds.conf",
                "[Definition]\n_daemon = unused\nfailregex = ^plain "
                "<HOST>\neventregex.auth_ok = ^in "
                "<HOST>\nfailregex.flood = <flood-<mode>>\n ^much "
                "<HOST>\nflood-normal =\nflood-all = ^many <HOST>\nmode = normal\n"),
        FILE_OF("filter.d/dots.conf",
                "[Definition]\nfailregex = <HOST>\neventregex.login = <HOST>\n"),
        FILE_OF("filter.d/modes.conf",
                "[Definition]\nfailregex = <re-<mode>>\n <also-<mode>>\n <HOST>\n"
                "mode = odd\nignoreregex = <other-<mode>>\nre-a = <HOST>\nre-b =\n"
                "also-b = x<HOST>\nre-c =\n"),
        FILE_OF("filter.d/two.conf",
                "[Definition]\nfailregex = <HOST>\nprefregex = x\n y\n"),
        {0},
    };
    const struct config_request r = {.machine = m, .builtins = builtins};

    return config_load(&r, out, errors);
}
