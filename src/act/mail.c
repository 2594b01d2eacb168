#include "act/mail.h"

#include "act/message.h"
#include "base/clock.h"

enum {
    HOST_MAX = 253,
    WORD_MAX = 60, /* of the 75 bytes that an encoded word may have in all */
    LINE_MAX_QP = 76,
    SUBJECT_MAX = 256,
};

#define AUTO "Auto-Submitted: auto-generated\n"
/* "=_" is in no quoted-printable text (RFC 2045, 6.7). */
#define BOUNDARY "=_komainu_part"

/* "Sun, 22 Nov 2026 08:18:35 +0000" */
static void
add_date(struct buf *out, int64_t time_us)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int offset_s = clock_local_offset_s(time_us);
    struct civil c = clock_to_civil(time_us, offset_s);
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\n",
               days[clock_days(c.year, c.month, c.day) % 7], c.day, months[c.month - 1],
               c.year, c.hour, c.minute, c.second, offset_s < 0 ? '-' : '+', minutes / 60,
               minutes % 60);
}

static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void
add_q(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_plain(s.ptr[i]))
            buf_add_byte(out, s.ptr[i]);
        else if (s.ptr[i] == ' ')
            buf_add_byte(out, '_');
        else
            buf_printf(out, "=%02X", (unsigned)(unsigned char)s.ptr[i]);
    }
}

/* RFC 2047, "Q": a word holds whole characters, so that each can be decoded alone. Each
 * begins with a blank, the second with a new line. */
static void
add_words(struct buf *out, struct span text)
{
    size_t used = WORD_MAX;
    struct span rest;

    for (rest = text; rest.len;) {
        size_t n = 1;

        while (n < rest.len && ((unsigned char)rest.ptr[n] & 0xC0U) == 0x80U)
            n++;
        if (used + 3 * n > WORD_MAX) {
            buf_add_text(out, rest.ptr == text.ptr ? " =?utf-8?Q?" : "?=\n =?utf-8?Q?");
            used = 0;
        }
        add_q(out, span_head(rest, n));
        used += 3 * n;
        rest = span_from(rest, n);
    }
    buf_add_text(out, text.len ? "?=" : "");
}

static void
add_subject(struct buf *out, struct span subject)
{
    struct buf clean = {0};

    message_clean(&clean, span_head(subject, SUBJECT_MAX));
    buf_add_text(out, "Subject:");
    add_words(out, buf_span(&clean));
    buf_add_byte(out, '\n');
    buf_fini(&clean);
}

/* Words of letters and digits stand for themselves; other names are encoded. */
static void
add_name(struct buf *out, struct span name)
{
    struct buf clean = {0};
    bool is_raw = true;

    message_clean(&clean, span_head(span_trim(name), SUBJECT_MAX));
    for (size_t i = 0; i < clean.len; i++)
        is_raw &= is_plain(clean.ptr[i]) || clean.ptr[i] == ' ' || clean.ptr[i] == '-';
    if (!clean.len)
        buf_add_text(out, " Komainu");
    else if (is_raw && clean.len <= WORD_MAX)
        buf_printf(out, " %.*s", SPAN_FMT(buf_span(&clean)));
    else
        add_words(out, buf_span(&clean));
    buf_fini(&clean);
}

/* RFC 2045, 6.7: blanks at the end of a line, a dot alone and `From ` are encoded too. */
static void
add_line(struct buf *out, struct span line)
{
    size_t start = out->len;

    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        bool is_first = out->len == start;
        bool is_raw = c > ' ' && c < 0x7F && c != '=' && !(is_first && c == '.') &&
                      !(is_first && c == 'F');

        if (c == ' ' && i + 1 < line.len)
            is_raw = true;
        if (out->len - start + 3 >= LINE_MAX_QP) {
            buf_add_text(out, "=\n");
            start = out->len;
        }
        if (is_raw)
            buf_add_byte(out, (char)c);
        else
            buf_printf(out, "=%02X", c);
    }
    buf_add_byte(out, '\n');
}

/* A text of its own, or a part of one. */
static void
add_part(struct buf *out, const char *type, const char *more, struct span body)
{
    struct span line;

    buf_printf(out,
               "Content-Type: text/%s; charset=utf-8\n"
               "Content-Transfer-Encoding: quoted-printable\n%s\n",
               type, more);
    while (span_line(&body, &line))
        add_line(out, line);
}

static void
add_parts(struct buf *out, const struct mail *m)
{
    buf_add_text(out, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY
                      "\"\n" AUTO "\n--" BOUNDARY "\n");
    add_part(out, "plain", "", m->body);
    buf_add_text(out, "\n--" BOUNDARY "\n");
    add_part(out, "html", "", m->html);
    buf_add_text(out, "\n--" BOUNDARY "--\n");
}

void
mail_build(const struct mail *m, struct buf *out)
{
    buf_add_text(out, "From:");
    add_name(out, m->name);
    buf_printf(out, " <%s>\nTo: %s\n", m->from, m->to);
    add_subject(out, m->subject);
    add_date(out, m->time_us);
    buf_printf(out, "Message-ID: <%lld.%llu.komainu@", (long long)m->time_us,
               (unsigned long long)m->id);
    for (size_t i = 0; i < m->host.len && i < HOST_MAX; i++)
        buf_add_byte(out, is_plain(m->host.ptr[i]) || m->host.ptr[i] == '.'
                              ? m->host.ptr[i]
                              : '-');
    buf_add_text(out, m->host.len ? "" : "localhost");
    buf_add_text(out, ">\nMIME-Version: 1.0\n");
    if (m->html.len)
        add_parts(out, m);
    else
        add_part(out, "plain", AUTO, m->body);
}
