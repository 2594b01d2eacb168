/* frames: answers of a judge, made for tests. */
#pragma once

#include "unit.h"

#include "base/text.h"
#include "ctl/answer.h"

#define NOW_S INT64_C(1795312405) /* 2026-11-22 01:53:25 UTC */
#define AGO_US(s) ((NOW_S - (s)) * SECOND_US)

/* The address or prefix of `text`; the test fails when it is none. */
static inline struct addr
frames_addr(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

/* Appends the status of a guard that is 90000 s old. */
static inline void
frames_status(struct buf *b, bool is_open, bool is_up)
{
    wire_put_tell_status(b, &(struct wire_tell_status){.started_us = AGO_US(90000),
                                                       .now_us = AGO_US(0),
                                                       .lines = 1234567,
                                                       .bytes = 134000000,
                                                       .hits = 4321,
                                                       .ignored = 7,
                                                       .bans_now = 2,
                                                       .bans_total = 201,
                                                       .is_enforcer_up = is_up,
                                                       .is_sensor_up = is_up,
                                                       .is_open = is_open,
                                                       .sockets_cut = 1});
}

/* Appends a jail of filter sshd; mode 0 bans for ever, any other for an hour. */
static inline void
frames_jail(struct buf *b, struct span name, uint8_t mode)
{
    wire_put_tell_jail(b, &(struct wire_tell_jail){.name = name,
                                                   .filter = SPAN("sshd"),
                                                   .mode = mode,
                                                   .findtime_s = 600,
                                                   .bantime_s = mode ? 3600 : -1,
                                                   .maxretry = 5,
                                                   .failing = 12,
                                                   .failures = 40,
                                                   .banned = 2,
                                                   .bans_total = 201});
}

/* Appends a log: where it is, how it fares, and the errno of its failure. */
static inline void
frames_source(struct buf *b, struct span path, uint8_t state, int64_t error)
{
    wire_put_tell_source(
        b, &(struct wire_tell_source){
               .path = path, .state = state, .error = error, .offset = 12345678});
}

/* Appends a ban that began `since_s` ago and ends in `until_s`; INT64_MIN: never. */
static inline void
frames_ban(struct buf *b, const char *who, int64_t since_s, int64_t until_s,
           uint8_t state)
{
    wire_put_tell_ban(b, &(struct wire_tell_ban){
                             .jail = SPAN("sshd"),
                             .who = frames_addr(who),
                             .since_us = AGO_US(since_s),
                             .until_us = until_s == INT64_MIN ? -1 : AGO_US(-until_s),
                             .state = state,
                             .outcome = state == 2 ? 1 : 0,
                             .failures = 5,
                             .reason = SPAN("5 failures in 2m 10s (limit 5 in 10m)"),
                         });
}

/* Appends the end of an answer. */
static inline void
frames_end(struct buf *b, uint8_t outcome, uint32_t matched, const char *text)
{
    wire_put_tell_end(b, &(struct wire_tell_end){.outcome = outcome,
                                                 .matched = matched,
                                                 .text = span_of(text)});
}
