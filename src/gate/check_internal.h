/* check_internal: the state that the files of gate/check.h share. */
#pragma once

#include "base/heap.h"
#include "base/table.h"
#include "gate/access.h"
#include "gate/check.h"
#include "gate/rates.h"
#include "gate/spf_users.h"
#include "spf/spf_check.h"
#include "spf/spf_policy.h"

enum {
    CHECK_WAIT = CHECK_STEPS,    /* answers of DNS are wanted first */
    CHECK_TEST_RUN = UINT16_MAX, /* in an id: no request, but the test of a list */
    CHECK_NOTE_MAX = GATE_TEXT_MAX,
    CHECK_SENT_MAX = 8,
    CHECK_TABLES_US = 1000000, /* how often tables are looked at */
    CHECK_STRESS_US = 1000000, /* that DNS has for a server under stress */
    CHECK_SPARE_US = 500000,   /* before its deadline nothing is held any more */
    CHECK_DEPTH_MAX = 16,      /* of classes that name one another by tables */
};

struct check_items;

struct check_item {
    const struct restriction *r;
    char *name; /* owned; without what nobody is to know */
    struct access_map *map;
    size_t list; /* of check->lists */
    struct rates *rates;
    uint64_t rate_bit;               /* in message.counted */
    const struct check_items *class; /* RESTRICTION_CLASS: what is in it */
    uint64_t refused;                /* requests that it refused or put off */
};

struct check_items {
    struct check_item *items;
    size_t count;
};

/* A class that is gone through, from `at` on. */
struct check_frame {
    const struct check_items *items;
    size_t at;
    const struct restriction *form; /* of what led here, for what has none; or NULL */
};

struct check_question {
    struct host_key name;
    enum host_record record;
    bool is_done;
    enum resolve_outcome outcome;
    uint8_t count;
    struct addr addresses[RESOLVE_ADDRESSES_MAX];
    size_t at, len; /* in run->records */
};

/* What goes out when nothing rejects. */
struct check_note {
    enum gate_action action;
    uint16_t len;
    char text[CHECK_NOTE_MAX];
};

/* What is remembered between the requests of one message. */
struct check_message {
    int score;
    uint64_t counted; /* rates that have counted it */
    uint8_t pending, sent;
    bool is_held; /* its account's mail is, and that was said */
    uint32_t sent_tags[CHECK_SENT_MAX];
    struct check_note notes[CHECK_HEADERS_MAX];
};

#define CHECK_HELD_TEXT "Mail of this account is held"

enum check_life { LIFE_FREE, LIFE_WORKS, LIFE_WAITS, LIFE_SLEEPS, LIFE_HELD };

struct check_run {
    struct check *check;
    uint16_t index;
    uint32_t generation;
    enum check_life life;
    struct check_asked asked;
    unsigned list, last_list;
    size_t at;
    struct check_frame frames[CHECK_DEPTH_MAX];
    size_t depth; /* of frames; 0: in the list itself */
    bool has_asked_ahead, is_late, has_slept, is_suspect;
    int64_t now_us, dns_until_us, due_us;
    struct check_question *questions;
    size_t question_count, question_room;
    struct buf records;
    struct buf text; /* of what the restriction at hand says, or of the answer */
    enum gate_action action;
    uint16_t code;
    struct check_note notes[CHECK_HEADERS_MAX];
    size_t note_count;
    int score;
    struct buf scored; /* the names of what added to it */
    unsigned looks, tarpit_s;
    struct check_spf *spf; /* NULL: nothing was checked yet */
    struct check_decision decision;
    struct check_run *next_free;
};

struct check {
    const struct config_restrictions *config;
    struct check_world world;
    struct check_items items[GATE_LISTS];
    struct check_items *classes; /* in the order of config->classes */
    size_t class_count;
    struct restriction_list plain;   /* what may stand in a table by itself ... */
    struct check_items *plain_items; /* ... one list each */
    struct access_map **maps;
    size_t map_count;
    struct dns_list *lists;
    size_t list_count;
    size_t weighed[DNS_LISTS_MAX]; /* of config->dns_lists, in `lists` */
    struct rates *rates;
    size_t rate_count;
    struct spf_knobs spf;
    char *users_path; /* of Per_User; NULL: none */
    struct access_file users_file;
    struct spf_users *users;
    struct span spf_receiver;
    struct check_run **runs;
    size_t run_count, free_count;
    struct check_run *free;
    struct heap due;
    struct table messages; /* struct message_key -> struct check_message */
    struct hash_key hash;
    int64_t now_s, now_us, tables_us;
    struct check_counts counts;
    uint64_t refused_score, refused_banned, refused_over;
};
