/* kernel_ask: what the test's judge asks of the enforcer, and what the kernel then has.
 * Included by the tests that need the kernel, once each.
 */
#pragma once

#include "kernel_life.h"

/* The address or prefix of `text`; the test fails when it is none. */
static inline struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

/* Appends one request (0 seconds: unban) to a packet and counts it as sent. */
static inline void
put_request(struct world *w, struct buf *packet, const char *who, unsigned scope,
            int64_t seconds)
{
    struct wire_ban b = {.id = w->sent, .who = address(who), .scope = (uint16_t)scope};
    struct wire_unban u = {.id = w->sent, .who = b.who, .scope = b.scope};

    w->sent++;
    b.remaining_s = seconds;
    if (seconds)
        wire_put_ban(packet, &b);
    else
        wire_put_unban(packet, &u);
}

/* Sends the packet, frees it, waits, and gives the outcome of its last request. */
static inline enum outcome
world_ask(struct world *w, struct buf *packet)
{
    assert_int_equal(chan_send(w->judge.fd, buf_span(packet), -1), 0);
    buf_fini(packet);
    world_until(w, has_all);
    return (enum outcome)w->outcome[w->sent - 1];
}

/* Sends one request (0 seconds: unban), waits, and gives its outcome. */
static inline enum outcome
ask(struct world *w, const char *who, unsigned scope, int64_t seconds)
{
    struct buf packet = {0};

    put_request(w, &packet, who, scope, seconds);
    return world_ask(w, &packet);
}

/* The same for a hole (0 seconds: its end). */
static inline enum outcome
ask_hole(struct world *w, const char *who, int64_t seconds)
{
    struct wire_hole h = {.id = w->sent, .who = address(who), .remaining_s = seconds};
    struct wire_unhole u = {.id = w->sent++, .who = h.who};
    struct buf packet = {0};

    if (seconds)
        wire_put_hole(&packet, &h);
    else
        wire_put_unhole(&packet, &u);
    return world_ask(w, &packet);
}

/* Tells whom a person allows, or no longer; what is asked next comes behind it. */
static inline void
tell_allow(struct world *w, const char *who, bool is_gone)
{
    struct buf packet = {0};

    wire_put_allow(&packet,
                   &(struct wire_allow){.who = address(who), .is_gone = is_gone});
    assert_int_equal(chan_send(w->judge.fd, buf_span(&packet), -1), 0);
    buf_fini(&packet);
}

/* Whether nft finds the element, and whether what it shows has `text`. */
static inline bool
is_shown(const char *set, const char *who, const char *text)
{
    char element[80];
    struct buf out = {0};
    bool is_there;

    (void)snprintf(element, sizeof(element), "{ %s }", who);
    is_there =
        RUN_TO(&out, "nft", "get", "element", "inet", "komainu", set, element) == 0;
    is_there = is_there && (!text || span_find(buf_span(&out), span_of(text)) >= 0);
    buf_fini(&out);
    return is_there;
}
