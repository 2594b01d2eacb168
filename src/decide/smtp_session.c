#include "decide/smtp_session.h"

#include "base/ascii.h"

enum { NUMBER_MAX = 1000000 };

/* The commands that tell what a session was for. */
enum command { AUTH, MAIL, RCPT, DATA, BDAT, STARTTLS, QUIT, ALL, COMMANDS };

struct tally {
    uint64_t taken[COMMANDS], sent[COMMANDS];
};

/* Every session has such a line: so no more is looked at than needed. */
static bool
find(struct span name, enum command *out)
{
    static const char names[][9] = {"auth", "mail",     "rcpt", "data",
                                    "bdat", "starttls", "quit", "commands"};
    uint64_t word = 0, known;

    if (name.len == 4)
        memcpy(&word, name.ptr, 4);
    else if (name.len == 8)
        memcpy(&word, name.ptr, 8);
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        memcpy(&known, names[i], sizeof(known));
        if (word == known) {
            *out = (enum command)i;
            return true;
        }
    }
    return false;
}

/* Takes a number off the front; false when there is none, or it is too large. */
static bool
take_number(struct span *s, uint64_t *out)
{
    size_t i = 0;

    *out = 0;
    for (; i < s->len && ascii_is_digit(s->ptr[i]) && *out <= NUMBER_MAX; i++)
        *out = *out * 10 + (uint64_t)(s->ptr[i] - '0');
    *s = span_from(*s, i);
    return i > 0 && *out <= NUMBER_MAX;
}

/* "rcpt=2/3"; what is no such word is passed over. */
static void
add_word(struct tally *t, struct span word)
{
    enum command command;
    uint64_t a, b;
    size_t at = 0;

    while (at < word.len && word.ptr[at] != '=')
        at++;
    if (at == word.len || !find(span_head(word, at), &command))
        return;
    word = span_from(word, at + 1);
    if (!take_number(&word, &a))
        return;
    b = a;
    if (word.len && word.ptr[0] == '/') {
        word = span_from(word, 1);
        if (!take_number(&word, &b))
            return;
    }
    if (word.len == 0 && b >= a) {
        t->taken[command] = a;
        t->sent[command] = b;
    }
}

/* The next word, behind blanks. */
static bool
next_word(struct span *rest, struct span *word)
{
    size_t i = 0, end;

    while (i < rest->len && rest->ptr[i] == ' ')
        i++;
    for (end = i; end < rest->len && rest->ptr[end] != ' ';)
        end++;
    *word = span_from(span_head(*rest, end), i);
    *rest = span_from(*rest, end);
    return word->len > 0;
}

struct smtp_session
smtp_session_of(struct span statistics)
{
    struct smtp_session s = {0};
    struct tally t = {0};
    struct span word;

    while (next_word(&statistics, &word))
        add_word(&t, word);
    s.has_login = t.taken[AUTH] > 0;
    if (t.taken[MAIL] && t.taken[DATA] + t.taken[BDAT]) {
        s.kind = SMTP_SESSION_DELIVERED;
        s.recipients = (uint32_t)t.taken[RCPT];
    } else if (t.sent[AUTH] && !t.taken[AUTH] && !t.sent[MAIL]) {
        s.kind = SMTP_SESSION_LOGIN_FAILED;
    } else if (t.sent[ALL] &&
               !(t.sent[AUTH] + t.sent[MAIL] + t.sent[STARTTLS] + t.sent[QUIT])) {
        s.kind = SMTP_SESSION_SILENT;
    } else if (t.sent[RCPT] && !t.taken[RCPT] && !t.sent[AUTH]) {
        s.kind = SMTP_SESSION_IN_VAIN;
        s.recipients = (uint32_t)t.sent[RCPT];
    }
    return s;
}

/* One of the places: any rule will do that parts the usual texts. */
static size_t
place_of(struct span text)
{
    uint64_t sum = text.len, word;

    for (size_t i = 0; i + sizeof(word) <= text.len; i += sizeof(word)) {
        memcpy(&word, text.ptr + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    }
    if (text.len)
        sum += (unsigned char)text.ptr[text.len - 1] * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(sum >> 32) % SMTP_SESSIONS_KNOWN;
}

struct smtp_session
smtp_sessions_read(struct smtp_sessions *s, struct span statistics)
{
    struct smtp_session_known *known = &s->known[place_of(statistics)];

    if (statistics.len == 0 || statistics.len > sizeof(known->text))
        return smtp_session_of(statistics);
    if (known->len == statistics.len &&
        memcmp(known->text, statistics.ptr, statistics.len) == 0)
        return known->session;
    known->len = (uint32_t)statistics.len;
    memcpy(known->text, statistics.ptr, statistics.len);
    known->session = smtp_session_of(statistics);
    return known->session;
}
