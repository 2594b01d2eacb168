#include "judge_hosts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "judge_notify.h"
#include "judge_parts.h"

enum {
    HOSTS_MAX = 1024,
    KEPT_US = 300000000, /* so long as fail2ban keeps a name */
    WAIT_US = 8000000,   /* longer than the resolver ever takes for one */
};

struct host {
    int64_t until_us; /* since boot: it is known, or waited for */
    bool is_known;
    char name[HOST_TEXT_MAX + 1]; /* "": none */
};

struct judge_hosts {
    struct judge *judge;
    struct table known; /* struct addr -> struct host */
    struct loop_timer due;
};

static void
on_due(void *ctx UNUSED)
{
    /* The turn that this is looks at what waits. */
}

static struct judge_hosts *
make(struct judge *j)
{
    if (j->hosts)
        return j->hosts;
    j->hosts = mem_zalloc(1, sizeof(*j->hosts));
    j->hosts->judge = j;
    j->hosts->due = (struct loop_timer){.fn = on_due, .ctx = j->hosts};
    table_init(&j->hosts->known, sizeof(struct addr), sizeof(struct host), HOSTS_MAX);
    return j->hosts;
}

static struct host *
add(struct judge_hosts *h, const struct addr *who)
{
    struct host *host;

    if (table_is_full(&h->known) && !table_find(&h->known, who))
        table_remove(&h->known, table_oldest(&h->known));
    host = table_put(&h->known, who);
    must(host); /* there is room */
    *host = (struct host){0};
    return host;
}

bool
judge_host_of(struct judge *j, const struct addr *who, struct span *name)
{
    struct judge_hosts *h = make(j);
    int64_t now_us = clock_boot_us();
    struct host *host = table_find(&h->known, who);

    *name = (struct span){0};
    if (host && host->until_us > now_us) {
        *name = span_of(host->name);
        return host->is_known;
    }
    if (!addr_is_host(who) || (host && !host->is_known))
        return true; /* waited for in vain */
    if (!judge_ask_host(j, who))
        return true;
    add(h, who)->until_us = now_us + WAIT_US;
    loop_timer_set(&j->role.loop, &h->due, WAIT_US);
    return false;
}

void
judge_take_host(struct judge *j, const struct addr *who, const struct names_answer *a)
{
    struct span rest = a->records;
    struct wire_resolved_record m;
    struct host *host = add(make(j), who);
    struct wire_frame f;

    host->until_us = clock_boot_us() + KEPT_US;
    host->is_known = true;
    if (rest.len && wire_next(&rest, WIRE_RESOLVER_TO_JUDGE, &f) == WIRE_FRAME &&
        wire_get_resolved_record(f.fields, &m) && host_is_name(m.data) &&
        !span_cstr(m.data, host->name, sizeof(host->name)))
        host->name[0] = '\0'; /* too long for one */
    judge_stir(j);
}
