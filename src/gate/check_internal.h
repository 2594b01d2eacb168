/* check_internal: what the files of gate/check.h share. */
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

/* --- check_questions.c --- */

/* The answer to a question, which is asked unless it was; NULL: wait for it. Valid until
 * the next one. What cannot be asked (no name, too many, too late) has failed; no name is
 * not there. */
const struct check_question *check_question(struct check_run *run,
                                            enum host_record record,
                                            const struct host_key *name);

/* The same for foreign text that may be no name. */
const struct check_question *
check_question_text(struct check_run *run, enum host_record record, struct span name);

/* Its records, for resolve_next_record(). */
struct span check_records(const struct check_run *run, const struct check_question *q);

/* The first address, of `count`, that is `a`. */
bool check_has_address(const struct check_question *q, const struct addr *a);

/* Gives up what is not answered. */
void check_give_up(struct check_run *run);

/* Asks all that the rest of the request's lists may need. */
void check_ask_ahead(struct check_run *run);

/* Begins the tests of lists that are due. */
void check_test_lists(struct check *c);

/* --- what a restriction comes to: an enum check_step, or CHECK_WAIT --- */

int check_eval(struct check_run *run, const struct check_item *item);
int check_eval_list(struct check_run *run, const struct check_item *item);
int check_eval_weighed(struct check_run *run, const struct check_item *item);
int check_eval_client(struct check_run *run, const struct check_item *item);
int check_eval_helo(struct check_run *run, const struct check_item *item);
int check_eval_domain(struct check_run *run, const struct check_item *item);
int check_eval_qualified(struct check_run *run, const struct check_item *item);
int check_eval_spf(struct check_run *run, const struct check_item *item);
int check_eval_generic(struct check_run *run, const struct check_item *item);
int check_eval_access(struct check_run *run, const struct check_item *item);
int check_eval_servers(struct check_run *run, const struct check_item *item);
int check_eval_class(struct check_run *run, const struct check_item *item);

/* What an action comes to that a table, the greylist or SPF says. */
int check_come_to(struct check_run *run, const struct gate_answer *a);

/* The value of an attribute. */
static inline struct span
check_value(const struct check_run *run, enum gate_attribute attribute)
{
    return run->asked.request->values[attribute];
}

/* The text of what is meant; empty: it is not known. */
struct span check_subject(const struct check_run *run, enum restriction_subject subject);

/* Whether a name is one, and not "unknown". */
bool check_is_known(struct span name);

/* Whether the client has logged in, or is of mynetworks. */
bool check_is_ours(const struct check_run *run);

/* What would be replied; CHECK_FIRED. */
int check_fire(struct check_run *run, unsigned code, const char *status,
               const char *format, ...) PRINTF(4, 5);

/* What is said in place of a zone. */
const char *check_shown(const struct check *c, const struct host_key *zone);

/* --- check_access.c --- */

/* What a word stands for in a list or behind a key of a table: the class, or the list of
 * the one restriction; NULL: nothing. */
const struct check_items *check_find_word(const struct check *c, struct span word);

/* The same for struct access_names; `ctx` is the check. */
bool check_knows_word(void *ctx, struct span word);

/* Goes into what the words name, before what comes next; `form` is that of frames. False,
 * and nothing done, when that is too deep. */
NODISCARD bool check_enter(struct check_run *run, const struct restriction *form,
                           struct span words);

/* --- check_spf.c --- */

/* Takes the knobs; false: one of them is wrong. */
NODISCARD bool check_spf_set(struct check *c, const struct config_spf *config,
                             struct buf *why);

/* Reads the file of Per_User when it has changed. */
NODISCARD enum access_map_outcome check_spf_refresh(struct check *c, struct buf *why);

/* Ends what a request was checked for; frees what was kept for the next one. */
void check_spf_clear(struct check_run *run);
void check_spf_free(struct check_run *run);

/* For which domain the client may send; empty: for none. */
struct span check_spf_domain(const struct check_run *run);

/* --- check_messages.c --- */

/* Adds what goes out when nothing rejects; when there is no room, nothing. */
void check_note(struct check_run *run, enum gate_action action, struct span text);

/* What is known of the message; NULL: nothing, and with `is_made` it has no instance. */
struct check_message *check_message(struct check_run *run, bool is_made);

/* Takes the weightiest note of the request and its message into run->action and
 * run->text, and keeps the others for later; DUNNO when there is none. */
void check_take_note(struct check_run *run);

/* The same where mail of the account is held: that goes out first, and whenever nothing
 * else does. What puts off goes before it. */
void check_take_hold(struct check_run *run);

/* --- check_run.c --- */

/* Puts off mail of an account that has handed in as much as it may. */
void check_refuse_over(struct check_run *run);

/* Puts the client off with this text, unless something rejects it. */
void check_put_off(struct check_run *run, const struct check_item *item,
                   enum gate_action action, struct span text);

/* Refuses a client that is banned. */
void check_refuse_banned(struct check_run *run);

/* Goes on with a request until it is decided or waits. */
void check_advance(struct check_run *run);

/* Wakes it at `due_us` at the latest. */
void check_wake_at(struct check_run *run, int64_t due_us);
