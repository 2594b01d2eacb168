/* greylist report: who was put off, by lines of the mail log, and has not come back. */
#include "base/grid.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "ctl/greylist.h"
#include "ctl/log_reader.h"

enum {
    TRIPLETS_MAX = 200000,
    TEXT_MAX = 320, /* bytes kept of an address of mail */
    IPV4_BITS = 24,
    IPV6_BITS = 64,
};

/* What is known of a triplet, whose client is a network. */
struct triplet {
    struct addr client; /* the last one of the network */
    char *sender, *recipient;
    uint64_t times; /* put off */
    bool has_passed;
};

struct triplet_key {
    uint64_t halves[2];
};

struct report {
    struct table triplets;
    struct hash_key hash;
    uint64_t put_off, left_out; /* lines; triplets that there was no room for */
    bool has_passes;
};

struct found {
    struct span client, sender, recipient;
    bool is_pass;
};

/* --- lines --- */

/* What stands behind `name`, up to `end` or the end of the line. */
static struct span
value_behind(struct span line, struct span name, struct span end)
{
    struct span before, value, rest;

    if (!span_cut(line, name, &before, &value))
        return (struct span){0};
    return span_cut(value, end, &before, &rest) ? before : value;
}

/* A line of postgrey, or of the gate that writes them. */
static bool
read_postgrey(struct span line, struct found *out)
{
    struct span action = value_behind(line, SPAN(": action="), SPAN(", "));

    out->is_pass = span_eq(action, SPAN("pass"));
    if (!out->is_pass && !span_eq(action, SPAN("greylist")))
        return false;
    out->client = value_behind(line, SPAN(", client_address="), SPAN(","));
    out->sender = value_behind(line, SPAN(", sender="), SPAN(", recipient="));
    out->recipient = value_behind(line, SPAN(", recipient="), SPAN(", "));
    return true;
}

/* Postfix' own line of a recipient that was put off. */
static bool
read_postfix(struct span line, struct found *out)
{
    struct span who, rest;

    if (!span_cut(line, SPAN(": reject: RCPT from "), &who, &rest) ||
        span_find(rest, SPAN("Greylisted")) < 0)
        return false;
    out->client = value_behind(rest, SPAN("["), SPAN("]"));
    out->sender = value_behind(rest, SPAN("; from=<"), SPAN("> to=<"));
    out->recipient = value_behind(rest, SPAN("> to=<"), SPAN("> "));
    out->is_pass = false;
    return true;
}

/* --- triplets --- */

static void
forget(struct report *r, struct triplet *t)
{
    mem_free(t->sender);
    mem_free(t->recipient);
    table_remove(&r->triplets, t);
}

static struct triplet_key
key_of(const struct report *r, const struct addr *client, const struct found *f)
{
    struct addr net = addr_mask(*client, client->family == 4 ? IPV4_BITS : IPV6_BITS);
    struct hash_key other = {~r->hash.k1, r->hash.k0};
    struct triplet_key key;
    struct buf text = {0};
    char shown[ADDR_TEXT_MAX];

    buf_printf(&text, "%s/", addr_text(&net, shown));
    buf_add(&text, f->sender);
    buf_add_byte(&text, '/');
    buf_add(&text, f->recipient);
    key.halves[0] = hash_bytes(r->hash, text.ptr, text.len);
    key.halves[1] = hash_bytes(other, text.ptr, text.len);
    buf_fini(&text);
    return key;
}

static char *
kept(struct span text)
{
    text = span_head(text, TEXT_MAX);
    return mem_copy_text(text.ptr, text.len);
}

static void
take_line(struct report *r, struct span line)
{
    struct found f = {0};
    struct triplet_key key;
    struct triplet *t;
    struct addr client;

    if ((!read_postgrey(line, &f) && !read_postfix(line, &f)) ||
        !addr_parse(f.client, &client) || f.recipient.len == 0)
        return;
    key = key_of(r, &client, &f);
    t = table_find(&r->triplets, &key);
    if (!t && table_is_full(&r->triplets)) {
        forget(r, table_oldest(&r->triplets));
        r->left_out++;
    }
    if (!t) {
        t = table_put(&r->triplets, &key);
        must(t); /* room was made */
        t->sender = kept(f.sender);
        t->recipient = kept(f.recipient);
    }
    t->client = client;
    t->has_passed |= f.is_pass;
    t->times += !f.is_pass;
    r->put_off += !f.is_pass;
    r->has_passes |= f.is_pass;
}

static bool
read_log(struct report *r, const char *name, struct buf *error)
{
    struct log_reader reader;
    enum log_next next;
    struct span line;
    bool is_good;

    if (!log_reader_open(&reader, name, -1, error))
        return false;
    while ((next = log_reader_next(&reader, &line)) != LOG_END)
        if (next == LOG_LINE)
            take_line(r, line);
    is_good = reader.error == 0;
    if (!is_good)
        buf_printf(error, "%s: %s", name, reader.why);
    log_reader_close(&reader);
    return is_good;
}

/* --- what is said --- */

static const struct grid_column columns[] = {{"TIMES", 5, 10, true},
                                             {"CLIENT", 15, 39, false},
                                             {"SENDER", 12, 64, false},
                                             {"RECIPIENT", 12, 64, false}};

static int
compare(const void *a, const void *b)
{
    const struct triplet *x = *(const struct triplet *const *)a;
    const struct triplet *y = *(const struct triplet *const *)b;

    if (x->times != y->times)
        return x->times > y->times ? -1 : 1;
    return addr_cmp(&x->client, &y->client);
}

/* Those who never came back, the most stubborn first; owned by the caller. */
static struct triplet **
list_gone(struct report *r, size_t *count, uint64_t *back)
{
    struct triplet **gone = mem_zalloc(r->triplets.count + 1, sizeof(struct triplet *));

    *count = 0;
    *back = 0;
    for (struct triplet *t = table_oldest(&r->triplets); t;
         t = table_next(&r->triplets, t)) {
        if (t->times && !t->has_passed)
            gone[(*count)++] = t;
        *back += t->times && t->has_passed;
    }
    qsort(gone, *count, sizeof(struct triplet *), compare);
    return gone;
}

static void
show(const struct report *r, struct triplet *const *gone, size_t count, uint64_t back,
     const struct screen *screen, struct buf *out)
{
    struct grid grid = {.columns = columns, .count = ARRAY_LEN(columns)};
    char shown[ADDR_TEXT_MAX];

    buf_printf(out,
               "Put off %llu times; %llu came back and passed, %zu have not come back.\n",
               (unsigned long long)r->put_off, (unsigned long long)back, count);
    if (r->put_off && !r->has_passes)
        buf_add_text(out, "No line tells of a pass: the gate writes them with log-lines, "
                          "Postfix none.\n");
    if (r->left_out)
        buf_printf(out, "%llu more had no room here.\n", (unsigned long long)r->left_out);
    for (size_t i = 0; i < count; i++) {
        text_number(grid_cell(&grid), gone[i]->times);
        buf_add_text(grid_cell(&grid), addr_text(&gone[i]->client, shown));
        text_foreign(grid_cell(&grid),
                     gone[i]->sender[0] ? span_of(gone[i]->sender) : SPAN("<>"));
        text_foreign(grid_cell(&grid), span_of(gone[i]->recipient));
    }
    if (grid.cells)
        grid_print(&grid, screen, out);
    grid_fini(&grid);
}

static void
show_json(const struct report *r, struct triplet *const *gone, size_t count,
          uint64_t back, struct buf *out)
{
    char shown[ADDR_TEXT_MAX];

    json_key(out, "put_off");
    json_u64(out, r->put_off);
    json_key(out, "came_back");
    json_u64(out, back);
    json_key(out, "left_out");
    json_u64(out, r->left_out);
    json_key(out, "gone");
    json_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        json_key(out, "times");
        json_u64(out, gone[i]->times);
        json_key(out, "client");
        json_span(out, span_of(addr_text(&gone[i]->client, shown)));
        json_key(out, "sender");
        json_span(out, span_of(gone[i]->sender));
        json_key(out, "recipient");
        json_span(out, span_of(gone[i]->recipient));
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void
tell(struct report *r, const struct ctl_env *env, const struct ctl_args *args,
     struct buf *out)
{
    uint64_t back;
    size_t count;
    struct triplet **gone = list_gone(r, &count, &back);

    if (args->given[OPT_JSON]) {
        json_begin(out, env->screen.now_us);
        show_json(r, gone, count, back, out);
        json_end(out);
    } else {
        show(r, gone, count, back, &env->screen, out);
    }
    mem_free(gone);
}

enum ctl_exit
greylist_report(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct report r = {.hash = hash_random_key()};
    bool is_good = args->word_count > 1;
    enum ctl_exit code;

    if (!is_good) {
        buf_add_text(&o->error, "name the logs: greylist report /var/log/mail.log");
        return CTL_USAGE;
    }
    table_init(&r.triplets, sizeof(struct triplet_key), sizeof(struct triplet),
               TRIPLETS_MAX);
    for (size_t i = 1; is_good && i < args->word_count; i++)
        is_good = read_log(&r, args->words[i], &o->error);
    if (is_good)
        tell(&r, env, args, &o->out);
    code = !is_good ? CTL_INTERNAL : r.put_off ? CTL_DONE : CTL_NO_MATCH;
    while (table_oldest(&r.triplets))
        forget(&r, table_oldest(&r.triplets));
    table_fini(&r.triplets);
    return code;
}
