/* sample: a document with every shape, every type of cell and hostile texts, as tests of
 * the printers need it. */
#pragma once

#include "base/clock.h"
#include "base/mem.h"
#include "report/countries.h"
#include "report/document.h"

#define SAMPLE_FROM_US (INT64_C(1795186800) * SECOND_US) /* 2026-11-21 in Tokyo */

struct sample_attack {
    const char *address, *country, *operator; /* "": not known */
    enum word kind;
    int64_t attempts, accounts, last_us, share;
    enum weight weight;
};

static inline struct cell
sample_text(struct document *d, const char *text)
{
    return document_text(d, span_of(text));
}

static inline void
sample_notes(struct document *d)
{
    struct section *s = document_section(d, WORD_ATTENTION, "attention", SECTION_NOTES);

    section_note(s, WEIGHT_ACT, WORD_NOTE_TAKEOVER,
                 (struct cell[]){sample_text(d, "hanako@example.jp"),
                                 cell_number(CELL_COUNT, 1234),
                                 sample_text(d, "2001:db8:7:1::/64")},
                 3);
    section_note(s, WEIGHT_LOOK, WORD_NOTE_DESTINATION,
                 (struct cell[]){sample_text(d, "example.net"),
                                 cell_number(CELL_COUNT, 1),
                                 sample_text(d, "450 4.7.1 <b>try & \033[31mlater\"'")},
                 3);
    section_note(s, WEIGHT_LOOK, WORD_NOTE_UNKNOWN_LINES,
                 (struct cell[]){cell_number(CELL_COUNT, 12)}, 1);
    section_note(
        s, WEIGHT_GOOD, WORD_NOTE_ATTACKS_STOPPED,
        (struct cell[]){cell_number(CELL_COUNT, 18211), cell_number(CELL_COUNT, 402)}, 2);
    section_note(s, WEIGHT_NONE, WORD_NOTE_NEW_PLACE,
                 (struct cell[]){sample_text(d, "山田太郎@example.jp"),
                                 sample_text(d, "198.51.100.0/24")},
                 2);
}

static inline void
sample_figures(struct document *d)
{
    static const struct {
        enum word word;
        const char *key;
        enum cell_type type;
        int64_t value, before, week;
    } rows[] = {
        {WORD_RECEIVED, "received", CELL_COUNT, 2816, 2604, 2911},
        {WORD_SENT, "sent", CELL_COUNT, 412, 398, 0},
        {WORD_DELIVERED, "delivered", CELL_COUNT, 3190, 2950, 3301},
        {WORD_DEFERRED, "deferred", CELL_COUNT, 37, 12, 41},
        {WORD_REJECTED, "rejected", CELL_COUNT, 1204, 1190, 1377},
        {WORD_PUT_OFF, "put_off", CELL_COUNT, 640, 655, 601},
        {WORD_LOGINS_FAILED, "logins_failed", CELL_COUNT, 18211, 1502, 1377},
        {WORD_BANNED, "banned", CELL_COUNT, 318, 204, 0},
        {WORD_BYTES_DELIVERED, "bytes_delivered", CELL_BYTES, 1482000000, 1390000000, 0},
        {WORD_MEDIAN, "delay_p50", CELL_DURATION, 1340000, 1290000, 1400000},
        {WORD_PERCENT_95, "delay_p95", CELL_DURATION, INT64_C(187000000), 95000000, 0},
        {WORD_NEVER_BACK, "never_back", CELL_SHARE, 872500, 801000, 0},
        {WORD_FIRST_SEEN, "first_line", CELL_TIME, SAMPLE_FROM_US + 1500000, 0, 0},
    };
    struct section *s = document_section(d, WORD_SUMMARY, "summary", SECTION_FIGURES);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        section_value(s, rows[i].word, rows[i].key, rows[i].type, rows[i].value);
        if (rows[i].before)
            section_compare(s, COMPARED_PERIOD, rows[i].before);
        if (rows[i].week)
            section_compare(s, COMPARED_WEEK, rows[i].week);
        if (rows[i].word == WORD_LOGINS_FAILED)
            section_weigh(s, WEIGHT_LOOK);
    }
}

static inline void
sample_curves(struct document *d)
{
    static const int64_t received[] = {31,  24,  18,  12,  9,   14,  44,  102,
                                       231, 288, 301, 266, 190, 244, 251, 238,
                                       202, 166, 121, 88,  64,  52,  40,  30};
    static const int64_t failed[] = {12, 9,  4,  0,    0,    3,    9,   14,
                                     21, 30, 44, 6204, 7410, 4210, 101, 40,
                                     22, 18, 16, 12,   9,    8,    7,   8};
    struct section *s = document_section(d, WORD_FLOW, "flow", SECTION_CURVES);
    struct section *hours = document_section(d, WORD_FLOW_DAY, "hours", SECTION_CURVES);

    section_columns(s, 6,
                    (struct column[]){{WORD_TIME, "time", CELL_TIME},
                                      {WORD_RECEIVED, "received", CELL_COUNT},
                                      {WORD_DELIVERED, "delivered", CELL_COUNT},
                                      {WORD_REJECTED, "rejected", CELL_COUNT},
                                      {WORD_LOGINS_FAILED, "logins_failed", CELL_COUNT},
                                      {WORD_PERCENT_95, "delay_p95", CELL_DURATION}});
    section_columns(hours, 2,
                    (struct column[]){{WORD_HOUR, "hour", CELL_HOUR},
                                      {WORD_BYTES_RECEIVED, "bytes", CELL_BYTES}});
    for (int i = 0; i < 24; i++) {
        section_number(s, SAMPLE_FROM_US + i * HOUR_US);
        section_number(s, received[i]);
        section_number(s, received[i] * 11 / 10 - 3);
        section_number(s, received[i] / 3 + i);
        section_number(s, failed[i]);
        if (i == 4)
            section_none(s);
        else
            section_number(s, received[i] * 40000);
        section_number(hours, i);
        section_number(hours, received[i] * 130000);
    }
}

static inline void
sample_attacks(struct document *d)
{
    static const struct sample_attack rows[] = {
        {"203.0.113.77", "NL", "Example Hosting B.V.", WORD_KIND_GUESSING, 9120, 212,
         41000, 1000000, WEIGHT_NONE},
        {"2001:db8:ffff:aaaa::/64", "JP", "株式会社例", WORD_KIND_ROTATION, 4711, 3,
         52000, 940000, WEIGHT_NONE},
        {"198.51.100.0/24", "ZZ", "", WORD_KIND_SLOW, 98, 1, 86000, 0, WEIGHT_LOOK},
        {"192.0.2.9", "", "\033[31m</td><b>Evil & Co \"<a>", WORD_KIND_TAKEOVER, 12, 1,
         50000, 0, WEIGHT_ACT},
        {"<script>alert(1)</script>", "GS",
         "An operator whose name goes on and on, and "
         "on",
         WORD_KIND_RELAY, 3, 0, 60, 333333, WEIGHT_NONE},
    };
    struct section *s =
        document_section(d, WORD_TOP_ADDRESSES, "addresses", SECTION_TABLE);

    s->hint = WORD_HINT_ATTACKS;
    section_columns(s, 8,
                    (struct column[]){{WORD_ADDRESS, "address", CELL_TEXT},
                                      {WORD_COUNTRY, "country", CELL_COUNTRY, true},
                                      {WORD_SYSTEM, "organisation", CELL_TEXT, true},
                                      {WORD_KIND, "kind", CELL_WORD},
                                      {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                      {WORD_ACCOUNTS, "accounts", CELL_COUNT},
                                      {WORD_LAST_SEEN, "last", CELL_TIME},
                                      {WORD_NEVER_BACK, "never_back", CELL_SHARE}});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        section_text(s, span_of(rows[i].address));
        if (rows[i].country[0])
            section_number(s, country_number(rows[i].country));
        else
            section_none(s);
        section_text(s, span_of(rows[i].operator));
        section_number(s, rows[i].kind);
        section_number(s, rows[i].attempts);
        section_number(s, rows[i].accounts);
        section_number(s, SAMPLE_FROM_US + rows[i].last_us * SECOND_US);
        section_number(s, rows[i].share);
        section_weigh(s, rows[i].weight);
    }
    s->left_out = 397;
}

/* Names as attackers write them. */
static inline void
sample_names(struct document *d)
{
    static const struct span names[] = {
        SPAN_INIT("postmaster"),
        SPAN_INIT("<img src=x onerror=alert(1)>@example.jp"),
        SPAN_INIT("\"; DROP TABLE users; --"),
        SPAN_INIT("\033]0;owned\007\033[2J\033[31mroot"),
        /* NOLINTNEXTLINE(misc-misleading-bidirectional): to mislead is what it is for */
        SPAN_INIT("evil\xE2\x80\xAEgpj.exe"),
        SPAN_INIT("\xFF\xFE\xC3(\x80"),
        SPAN_INIT("a\0b\r\nBcc: x@example.net"),
        SPAN_INIT("名無しの権兵衛@日本語.example"),
        SPAN_INIT("back\\slash{label=\"x\"}"),
        SPAN_INIT("]]></title></style>&lt;&#0;"),
        SPAN_INIT("\xEF\xBF\xBF\xEF\xB7\x90"),
        SPAN_INIT(""),
    };
    struct section *s = document_section(d, WORD_NAMES_TRIED, "names", SECTION_TABLE);
    struct buf longest = {0};

    section_columns(s, 2,
                    (struct column[]){{WORD_NAME, "name", CELL_TEXT},
                                      {WORD_ATTEMPTS, "attempts", CELL_COUNT}});
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        section_text(s, names[i]);
        section_number(s, 4000 - (int64_t)(i * i) * 30);
    }
    for (size_t i = 0; i < 300; i++)
        buf_add_text(&longest, "長i");
    section_text(s, buf_span(&longest));
    section_none(s);
    buf_fini(&longest);
}

static inline void
sample_delays(struct document *d)
{
    static const int64_t delays[][3] = {{2000, 41000, 900000},
                                        {1000, 12000, INT64_C(7200000000)},
                                        {180000, 4100000, 30000000},
                                        {420000, 9900000, INT64_C(190800000000)},
                                        {1340000, 187000000, INT64_C(198000000000)}};
    struct section *s = document_section(d, WORD_DELAYS, "delays", SECTION_TABLE);
    struct section *why = document_section(d, WORD_DEFERRALS, "deferrals", SECTION_TABLE);

    s->hint = WORD_HINT_DELAYS;
    section_columns(s, 4,
                    (struct column[]){{WORD_STAGE, "stage", CELL_WORD},
                                      {WORD_MEDIAN, "p50", CELL_DURATION},
                                      {WORD_PERCENT_95, "p95", CELL_DURATION},
                                      {WORD_LONGEST, "longest", CELL_DURATION}});
    for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
        section_number(s, WORD_STAGE_BEFORE + (int64_t)i);
        for (size_t k = 0; k < 3; k++)
            section_number(s, delays[i][k]);
    }
    section_columns(why, 4,
                    (struct column[]){{WORD_DESTINATION, "destination", CELL_TEXT},
                                      {WORD_CAUSE, "cause", CELL_WORD},
                                      {WORD_MESSAGES, "messages", CELL_COUNT},
                                      {WORD_REMOTE_TEXT, "text", CELL_TEXT}});
    section_text(why, SPAN("example.net"));
    section_number(why, WORD_DEFER_GREYLISTED);
    section_number(why, 25);
    section_text(why, SPAN("450 4.2.0 <hanako@example.net>: Recipient address rejected: "
                           "Greylisted, see https://example.net/help/greylist.html"));
    section_text(why, SPAN("mx-with-a-rather-long-name.mail.example.com"));
    section_number(why, WORD_DEFER_TIMEOUT);
    section_number(why, 12);
    section_text(why,
                 SPAN("connect to mx.example.com[192.0.2.25]:25: Connection timed out"));
}

/* The day as `*d`, which is empty. */
static inline void
sample_day(struct document *d)
{
    document_of(d, SPAN("mail.example.jp"));
    d->from_us = SAMPLE_FROM_US;
    d->until_us = SAMPLE_FROM_US + DAY_US;
    sample_notes(d);
    sample_figures(d);
    sample_curves(d);
    sample_attacks(d);
    sample_names(d);
    sample_delays(d);
    (void)document_section(d, WORD_BANS, "bans", SECTION_NOTES); /* empty: not shown */
}
