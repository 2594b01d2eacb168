/* meaning: the numbers that several processes put into messages, and what they stand for.
 */
#pragma once

/* SOURCE_STATE and TELL_SOURCE: `state`. */
enum source_state {
    SOURCE_WAITING,   /* there is no file yet */
    SOURCE_FOLLOWING, /* read to its end, and watched */
    SOURCE_BACKLOG,   /* old lines are still being read */
    SOURCE_FAILED,    /* cannot be read; `error` says why */
};

/* TELL_BAN: `state`. */
enum ban_state {
    BAN_PENDING,   /* the enforcer has not answered yet */
    BAN_IN_KERNEL, /* the kernel holds it */
    BAN_REFUSED,   /* the enforcer refused it; `outcome` says why */
    BAN_OBSERVED,  /* its jail only observes */
    BAN_PAST,      /* it is over */
};

/* TELL_PAST: `ending`; of all but the first `ended_us` says when. */
enum past_end {
    PAST_IN_FORCE,
    PAST_OVER, /* nobody looked: it ended when it was to, or before that was seen */
    PAST_EXPIRED,
    PAST_LIFTED,
    PAST_REPLACED, /* by another one of the same jail */
    PAST_DROPPED,  /* its jail is gone, or the kernel would not have it */
};

/* RESYNC: `why`. */
enum resync_why { RESYNC_REBUILT, RESYNC_PANIC_ENDED, RESYNC_EVENTS_LOST, RESYNC_SLEPT };

/* TELL_NEWS: `what`. */
enum news {
    NEWS_FOUND,
    NEWS_BAN,
    NEWS_UNBAN,
    NEWS_REFUSED,
    NEWS_IGNORED,
    NEWS_NOTE,
    NEWS_ALERT,
    NEWS_CAMPAIGN_BEGINS,
    NEWS_CAMPAIGN_ENDS
};

/* RUN: `kind`. */
enum told {
    TOLD_TROUBLE,
    TOLD_OVER,
    TOLD_BAN,
    TOLD_DIGEST,
    TOLD_ASK,
    TOLD_ALERT,
    TOLD_KINDS
};

/* RAN: `outcome`. */
enum ran {
    RAN_DONE,    /* the command ended well */
    RAN_FAILED,  /* it did not, or took too long; the runner has logged it */
    RAN_DROPPED, /* too many waited */
    RAN_NO,      /* what was asked ended with 1 */
    RAN_OUTCOMES,
};

/* ACT: `what`. */
enum act {
    ACT_BAN,
    ACT_UNBAN,
    ACT_PROLONG, /* it ends later: bantime_s is the new one */
    ACT_AGAIN,   /* who is banned has failed again */
    ACT_ALL,     /* what is banned follows, as bans that are restored ... */
    ACT_NO_MORE, /* ... and that was all: what else is held is over */
    ACTS,
};

/* COMPAT_ORDER: `what`. */
enum compat_order {
    COMPAT_SET,    /* an option of a jail, or of [komainu] */
    COMPAT_START,  /* a jail that was stopped, added, or is idle */
    COMPAT_RELOAD, /* drops what was set, of a jail or of all, and reads the files anew */
    COMPAT_FLUSH,  /* opens the file of logtarget anew */
    COMPAT_STOP,   /* ends the guard */
    COMPAT_NONE,   /* stops all jails */
    COMPAT_ACTION, /* changes nothing: what `option` of action `value` is; without one,
                    * what options it has, a line each; without an action, what
                    * `ignorecommand` is, count and seconds of `ignorecache`,
                    * or what `logencoding` is called */
    COMPAT_ADD,    /* a jail that stands in no file; `value` is its backend */
    COMPAT_ORDERS,
};

/* ASK_NAMES: `what`. */
enum names { NAMES_BANNED, NAMES_JAILS, NAMES_ALLOWED };

/* TELL_ALLOW: `origin`: by order of a person, as an address of a name, or of the
 * configuration (and then behind it, enum protect_why). */
enum allow_origin { ALLOW_BY_HAND, ALLOW_BY_NAME, ALLOW_CONFIGURED };

/* RESOLVED: `outcome`. */
enum resolved {
    RESOLVED_FOUND,
    RESOLVED_NONE,   /* there is no such name, or it has no address */
    RESOLVED_FAILED, /* not known now: no server answered, or too many names wait */
    RESOLVED_BAD_NAME,
    RESOLVED_OUTCOMES,
};

/* TELL_END: `outcome`, as the command's exit status. */
enum answer_outcome {
    ANSWER_DONE = 0,
    ANSWER_NO_MATCH = 1,    /* nothing matched, nothing changed */
    ANSWER_BAD_REQUEST = 2, /* it makes no sense */
    ANSWER_REFUSED = 4,
    ANSWER_INTERNAL = 5,
};

/* TELL_GATE_NOTE: `kind`. */
enum gate_note {
    GATE_NOTE_STALE,  /* a table that cannot be read any more, and is what it was */
    GATE_NOTE_UNREAD, /* a table that could not be read yet */
    GATE_NOTE_LIST,   /* a list of DNS */
    GATE_NOTE_SHARE,  /* the Redis through which hosts share, and how that goes */
    GATE_NOTE_CUT,    /* the same, when it does not */
    GATE_NOTES,
};
