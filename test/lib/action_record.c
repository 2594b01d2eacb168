/* Runs the actions of a fail2ban directory without running anything: prints each command
 * with the arguments of its shell as a line of JSON, [JAIL, [TEXT, $0, $1 ...]], in place
 * of giving it to a shell. For test/conformance/fail2ban-actions.
 *
 *     action_record DIR N <orders       orders: JAIL
 * ban|restored|unban|prolong|again|reload ADDRESS|NETWORK|ID
 *
 * Each N-th command of a jail fails; 0: none. */
#include <stdio.h>
#include <stdlib.h>

#include "act/actions.h"
#include "base/ident.h"
#include "base/mem.h"
#include "conf/load.h"

static struct {
    const struct config *config;
    unsigned long every;
    unsigned long commands[CONFIG_JAILS_MAX];
} record;

/* --- in place of act/run.c --- */

void
runs_init(struct runs *r, struct loop *loop, run_end_fn *on_end, void *ctx)
{
    *r = (struct runs){.loop = loop, .on_end = on_end, .ctx = ctx};
}

void
runs_widen(struct runs *r UNUSED, size_t at_once UNUSED, size_t waiting UNUSED)
{
}

bool
runs_add(struct runs *r, const struct run_order *order)
{
    struct buf line = {0};
    unsigned long n = ++record.commands[order->id];
    bool fails = record.every && n % record.every == 0;

    buf_add_byte(&line, '[');
    buf_json(&line, span_of(record.config->jails[order->id].name));
    buf_add_text(&line, ", [");
    buf_json(&line, span_of(order->shell));
    for (size_t i = 0; i < order->argument_count; i++) {
        buf_add_text(&line, ", ");
        buf_json(&line, order->arguments[i]);
    }
    buf_add_text(&line, "]]");
    must(puts(line.ptr) >= 0);
    buf_fini(&line);
    r->on_end(r->ctx, &(struct run_end){.id = order->id,
                                        .outcome = fails ? RUN_FAILED : RUN_DONE,
                                        .status = fails});
    return true;
}

void
runs_fini(struct runs *r UNUSED, int wait_ms UNUSED)
{
}

/* --- orders --- */

static void
on_failed(void *ctx UNUSED, const struct actions_failure *f UNUSED)
{
}

static void
on_done(void *ctx UNUSED, uint16_t jail UNUSED, bool is_good UNUSED)
{
}

static uint16_t
jail_of(struct span name)
{
    for (uint16_t i = 0; i < record.config->jail_count; i++)
        if (span_eq(name, span_of(record.config->jails[i].name)))
            return i;
    bug("no such jail");
}

static enum act
what_of(struct span word)
{
    static const struct {
        const char *word;
        enum act what;
    } words[] = {{"ban", ACT_BAN},
                 {"restored", ACT_BAN},
                 {"unban", ACT_UNBAN},
                 {"prolong", ACT_PROLONG},
                 {"again", ACT_AGAIN}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq(word, span_of(words[i].word)))
            return words[i].what;
    bug("no such order");
}

/* An address, of which the first has a name; a network; or an id, beside which there is
 * an address when it begins with "with-". */
static void
take_who(struct ticket *t, struct span who)
{
    if (span_eq(who, SPAN("192.0.2.1")))
        t->name = SPAN("host.example.org");
    if (!span_starts(who, SPAN("with-")))
        t->groups = span_head(t->groups, t->groups.len - sizeof("ip\0"
                                                                "192.0.2.9"));
    if (addr_parse_prefix(who, &t->who))
        return;
    t->id = who;
    t->who = ident_key((struct hash_key){0}, who);
}

static void
take(struct actions *a, struct span line)
{
    struct ticket t = {.time_us = INT64_C(1700000000000000),
                       .bantime_s = 600,
                       .failures = 5,
                       .bancount = 1,
                       .groups = SPAN("user\0o'neil $(id)\0fid\0x 7\0fport\0"
                                      "22\0ip\0"
                                      "192.0.2.9\0"),
                       .matches = SPAN("one \"line\" `x`\nand <ip> <matches>; another"),
                       .jail_failures = 5,
                       .all_failures = 5};
    struct span jail, what, who;

    must(span_word(&line, &jail) && span_word(&line, &what) && span_word(&line, &who));
    take_who(&t, who);
    t.jail_matches = t.all_matches = t.matches;
    t.is_restored = span_eq(what, SPAN("restored"));
    if (t.is_restored)
        t.groups = (struct span){0};
    if (span_eq(what, SPAN("reload"))) {
        actions_reload(a, jail_of(jail));
        return;
    }
    must(actions_add(a, &(struct actions_order){what_of(what), jail_of(jail), &t}) ==
         ACTIONS_TAKEN);
}

int
main(int argc, char **argv)
{
    char own[4096 + 64], line[256];
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct buf errors = {0};
    struct actions actions;
    struct config config;
    const struct conf_builtin builtins[] = {{"komainu.conf", own, 0}, {0}};
    struct conf_builtin files[2];

    must(argc == 3);
    (void)snprintf(own, sizeof(own), "[komainu]\nfail2ban = %s\nnative-actions = no\n",
                   argv[1]);
    memcpy(files, builtins, sizeof(files));
    files[0].len = strlen(own);
    if (config_load(&(struct config_request){.machine = machine, .builtins = files},
                    &config, &errors) != 0) {
        (void)fputs(errors.ptr, stderr);
        return 1;
    }
    (void)fputs(config.notes, stderr);
    record.config = &config;
    record.every = strtoul(argv[2], NULL, 10);
    config.limits.max_bans = 100;
    actions_init(&actions, &(struct actions_setup){.config = &config,
                                                   .host = SPAN("mx.example.org"),
                                                   .has_inet6 = true,
                                                   .failed = on_failed,
                                                   .done = on_done});
    actions_start(&actions);
    while (fgets(line, sizeof(line), stdin))
        take(&actions, span_trim(span_of(line)));
    actions_stop(&actions);
    actions_fini(&actions);
    config_fini(&config);
    mem_free(machine);
    buf_fini(&errors);
    return 0;
}
