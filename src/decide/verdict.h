/* verdict: what decide says of an event, one for each jail and rule that it matters to.
 */
#pragma once

#include "base/addr.h"
#include "conf/config.h"
#include "decide/curbs.h"
#include "event/event.h"

enum { JAIL_MANUAL = 0xFFFF }; /* the jail number of bans made by hand */

enum verdict_kind {
    VERDICT_COUNTED, /* below maxretry */
    VERDICT_BAN,     /* maxretry reached */
    VERDICT_STILL, /* the address is banned already: not counted; in a jail of fail2ban's:
                      counted, and maxretry reached again */
    VERDICT_IGNORED, /* in ignoreip, or our own */
    VERDICT_OLD,     /* too long ago to matter, for the count or for a ban */
    VERDICT_OVER,    /* maxretry reached, but the ban would be over by now */
    VERDICT_FULL,    /* no more bans can be held: counted, not banned */
    VERDICT_KNOWN,   /* a mistake of somebody who has logged in from there: not counted */
    VERDICT_NOTED,   /* below maxretry of a rule */
    VERDICT_ALERT,   /* maxretry reached of a rule that alerts, holds or limits */
    VERDICT_SPARED,  /* the same of one that bans, but people of that place are known, or
                        of one in the prefix, and this one has done nothing: not banned;
                        of any jail: decide_is_proxy() */
    VERDICT_FORGIVEN, /* a login took back some of what `key` had failed */
    VERDICT_BRAKE,    /* maxretry reached, but that ban would shut out too many who belong
                         there: decide.brake is pulled, and the ban not made */
    VERDICT_BRAKED,   /* the same while it is pulled: whoever it is, not banned */
    VERDICT_ASKED, /* maxretry reached; whether to ban is to be said, decide_settle() */
    VERDICT_PROLONGED, /* a ban that was there ends later; `jail` is its own */
};

struct verdict {
    enum verdict_kind kind;
    uint16_t jail;
    enum jail_mode mode;
    struct addr who;       /* to be banned: whose event it is, or a prefix around it */
    struct addr key;       /* by which it was counted */
    uint32_t count;        /* failures in the window, this one included; in a jail of
                              fail2ban's all since it counts */
    uint32_t distinct;     /* at maxretry of a rule with `distinct`: different values */
    int64_t first_us;      /* the oldest of them */
    int64_t time_us;       /* of the deciding event */
    int64_t until_us;      /* end of the ban; negative: never */
    uint32_t earlier;      /* VERDICT_BAN: bans that it was known for */
    struct addr evicted;   /* had to leave for `who` to be counted; family 0: nobody */
    bool is_longer;        /* VERDICT_STILL: and the ban ends later, at until_us */
    bool is_renewed;       /* VERDICT_BAN: in place of one that was over, not ended yet */
    enum event_kind event; /* of a rule: what was counted, maybe made of the event */
    uint32_t tries;        /* EVENT_LOGIN_GUESSED: failures before it */
    enum curb_outcome curb; /* VERDICT_ALERT: what came of a hold or limit, until_us */
};

/* Called for every verdict of one event; `e` is the event. */
typedef void verdict_fn(void *ctx, const struct verdict *v, const struct event *e);

/* Whether somebody who has reached maxretry is banned. */
enum decide_may { DECIDE_MAY, DECIDE_MAY_NOT, DECIDE_WAIT };

/* Asked before a ban of a jail; `v` says of whom. */
typedef enum decide_may decide_may_fn(void *ctx, const struct verdict *v);
