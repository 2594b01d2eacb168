#include "decide/smtp_session.h"

#include "base/attr.h"

enum { NUMBER_MAX = 1000000 };

/* The commands that tell what a session was for. */
enum command { AUTH, MAIL, RCPT, DATA, BDAT, STARTTLS, QUIT, ALL, COMMANDS };

struct tally {
    uint64_t taken[COMMANDS], sent[COMMANDS];
};

static bool
find(struct span name, enum command *out)
{
    static const char *const names[] = {"auth", "mail",     "rcpt", "data",
                                        "bdat", "starttls", "quit", "commands"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_eq(name, span_of(names[i]))) {
            *out = (enum command)i;
            return true;
        }
    return false;
}

/* "rcpt=2/3"; what is no such word is passed over. */
static void
add_word(struct tally *t, struct span word)
{
    struct span name, value, taken, sent;
    enum command command;
    uint64_t a, b;

    if (!span_cut(word, SPAN("="), &name, &value) || !find(name, &command))
        return;
    if (!span_cut(value, SPAN("/"), &taken, &sent))
        taken = sent = value;
    if (span_u64(taken, 0, NUMBER_MAX, &a) && span_u64(sent, a, NUMBER_MAX, &b)) {
        t->taken[command] = a;
        t->sent[command] = b;
    }
}

struct smtp_session
smtp_session_of(struct span statistics)
{
    struct smtp_session s = {0};
    struct tally t = {0};
    struct span word;

    while (span_word(&statistics, &word))
        add_word(&t, word);
    if (t.taken[MAIL] && t.taken[DATA] + t.taken[BDAT]) {
        s.kind = SMTP_SESSION_DELIVERED;
        s.recipients = (uint32_t)t.taken[RCPT];
    } else if (t.sent[AUTH] && !t.taken[AUTH] && !t.sent[MAIL]) {
        s.kind = SMTP_SESSION_LOGIN_FAILED;
    } else if (t.sent[ALL] &&
               !(t.sent[AUTH] + t.sent[MAIL] + t.sent[STARTTLS] + t.sent[QUIT])) {
        s.kind = SMTP_SESSION_SILENT;
    }
    return s;
}
