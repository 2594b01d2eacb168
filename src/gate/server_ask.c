/* server_ask: the buffers that requests are read into. */
#include "base/mem.h"
#include "gate/server_internal.h"

struct gate_ask *
gate_ask_take(struct gate_server *s)
{
    struct gate_ask *a = s->kept;

    if (a) {
        s->kept = a->next;
        s->kept_count--;
    } else {
        a = mem_zalloc(1, sizeof(*a));
        a->server = s;
        a->bytes = mem_realloc(NULL, GATE_ASK_ROOM, 1);
        a->room = GATE_ASK_ROOM;
    }
    a->next = NULL;
    return a;
}

static void
leave_orphans(struct gate_ask *a)
{
    struct gate_server *s = a->server;

    if (a->previous)
        a->previous->next = a->next;
    else
        s->orphans = a->next;
    if (a->next)
        a->next->previous = a->previous;
    s->counts.orphans--;
}

void
gate_ask_release(struct gate_ask *a)
{
    struct gate_server *s = a->server;

    if (a->used && !a->conn)
        leave_orphans(a);
    a->previous = NULL;
    if (s->kept_count >= GATE_ASKS_KEPT || a->room > GATE_ASK_ROOM) {
        mem_free(a->bytes);
        mem_free(a);
        return;
    }
    a->conn = NULL;
    a->len = a->scanned = a->used = 0;
    a->next = s->kept;
    s->kept = a;
    s->kept_count++;
}

void
gate_ask_grow(struct gate_ask *a)
{
    a->room *= 2;
    a->bytes = mem_realloc(a->bytes, a->room, 1);
}

void
gate_ask_orphan(struct gate_ask *a)
{
    struct gate_server *s = a->server;

    a->conn = NULL;
    a->turn.is_cancelled = true;
    a->previous = NULL;
    a->next = s->orphans;
    if (s->orphans)
        s->orphans->previous = a;
    s->orphans = a;
    s->counts.orphans++;
}
