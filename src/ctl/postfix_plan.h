/* postfix_plan: what has to stand in Postfix' main.cf so that it asks the gate, made of
 * what stands there.
 *
 * The gate comes behind reject_unauth_destination and reject_unlisted_recipient, so that
 * no answer of it can open a relay, and greylisting does not hide who asks for recipients
 * that are not there. Greylisting and SPF services that it replaces are taken out.
 * Nothing is read or written here.
 */
#pragma once

#include "ctl/postfix_list.h"

/* The lists of restrictions, in the order in which Postfix goes through them. */
enum postfix_stage {
    POSTFIX_CLIENT,
    POSTFIX_HELO,
    POSTFIX_SENDER,
    POSTFIX_RELAY,
    POSTFIX_RECIPIENT,
    POSTFIX_DATA,
    POSTFIX_END_OF_DATA,
    POSTFIX_STAGES,
};

/* What Postfix has now, as postconf says it. */
struct postfix_now {
    struct span lists[POSTFIX_STAGES];
    struct span relay;          /* the list of relaying, expanded */
    struct span port25_client;  /* the list of clients as smtp/inet has it */
    struct span port25;         /* the command of smtp/inet in master.cf */
    struct span default_action; /* smtpd_policy_service_default_action */
    struct span greet_action;   /* postscreen_greet_action */
    bool is_login_on_port25;    /* smtpd_sasl_auth_enable of smtp/inet */
    bool is_delayed;            /* smtpd_delay_reject of it */
    struct span set;            /* names of those that are set, lines */
};

enum { POSTFIX_SETTINGS_MAX = 12 };

struct postfix_setting {
    const char *name; /* of main.cf; with slashes: of master.cf (postconf -P) */
    bool was_set;     /* else it had Postfix' default */
    struct buf before, after;
};

struct postfix_plan {
    struct postfix_setting settings[POSTFIX_SETTINGS_MAX]; /* that change */
    size_t count;
    struct buf out;     /* entries that are taken out, lines */
    struct buf remarks; /* what a person has to know, lines */
};

/* "smtpd_client_restrictions" and the like. */
const char *postfix_list_name(enum postfix_stage stage);

/* Makes the plan for a gate at `service` ("unix:private/komainu",
 * "inet:127.0.0.1:10023"); `is_open`: mail passes while nobody answers there. The caller
 * ends the plan with postfix_plan_fini(). A second plan over the first one's result
 * changes nothing. */
void postfix_plan(const struct postfix_now *now, struct span service, bool is_open,
                  struct postfix_plan *out);

/* Frees what it owns; a zeroed one is legal. */
void postfix_plan_fini(struct postfix_plan *p);

/* How smtpd reaches what listens at `listen` ("unix:PATH[,MODE]", "inet:HOST:PORT"),
 * which may be chrooted in `queue`: appended to `service`. False with the reason in
 * `why`. */
NODISCARD bool postfix_service(struct span listen, struct span queue, struct buf *service,
                               struct buf *why);
