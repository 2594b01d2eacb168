#include "share_stream.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
    WAITING_MAX = 1 << 20, /* bytes for Redis beyond which the gate is not read */
    READ_COUNT = 64,       /* entries of a stream in one reply */
    BLOCK_MS = 2000,
    CLAIM_S = 86400,
    WORDS_MAX = 16,
};

#define BEAT_US SECOND_US
#define PATIENCE_US (10 * SECOND_US)
#define PAUSE_MIN_US (SECOND_US / 2)
#define PAUSE_MAX_US (30 * SECOND_US)

#define LOG_ENTRIES "16384"
#define BULK_ENTRIES "16384"
#define LIMITS_ENTRIES "4096"

enum awaited {
    AWAIT_AUTH,
    AWAIT_MADE, /* SET of the epoch */
    AWAIT_EPOCH,
    AWAIT_LAST_LOG,
    AWAIT_LAST_BULK,
    AWAIT_LAST_LIMITS,
    AWAIT_FIRST,
    AWAIT_ADDED,
    AWAIT_CLAIM,
    AWAIT_EXPIRE,
    AWAIT_BEAT,
};

/* --- cut, and again --- */

static void
end_links(struct share_stream *s)
{
    share_link_close(&s->writer);
    share_link_close(&s->reader);
    loop_timer_clear(s->loop, &s->beat);
    loop_timer_clear(s->loop, &s->retry);
    s->awaited_first = s->awaited_count = 0;
    s->is_asking = false;
}

/* `why` may lie in what was received, which is gone with the links. */
static void
fail(struct share_stream *s, struct span why)
{
    why = span_head(why, sizeof(s->why) - 1);
    for (size_t i = 0; i < why.len; i++)
        s->why[i] = why.ptr[i] ? why.ptr[i] : ' ';
    s->why[why.len] = '\0';
    end_links(s);
    s->state = SHARE_CUT;
    loop_timer_set(s->loop, &s->retry, s->pause_us);
    s->pause_us = 2 * s->pause_us > PAUSE_MAX_US ? PAUSE_MAX_US : 2 * s->pause_us;
    s->events.told(s->events.ctx, false);
}

static void
on_lost(void *ctx, struct share_link *l, const char *why)
{
    struct share_stream *s = ctx;

    if (l == &s->reader && l->is_bad) /* it may have been too much at once */
        s->one_by_one = READ_COUNT;
    fail(s, span_of(why));
}

/* --- commands --- */

static void
send_words(struct share_stream *s, enum awaited what, const char *const *words)
{
    struct span spans[WORDS_MAX];
    size_t count = 0;

    for (; words[count]; count++)
        spans[count] = span_of(words[count]);
    if (!s->writer.is_open || s->awaited_count == SHARE_AWAITED_MAX)
        return;
    s->awaited[(s->awaited_first + s->awaited_count++) % SHARE_AWAITED_MAX].what =
        (uint8_t)what;
    share_link_add(&s->writer, spans, count);
}

#define SEND(s, what, ...)                                                               \
    send_words((s), (what), (const char *const[]){__VA_ARGS__, NULL})

static void
send_auth(struct share_stream *s, struct share_link *l)
{
    const char *user = s->config->user;
    struct span words[3] = {SPAN("AUTH"), span_of(user), span_of(s->password)};

    if (!user[0])
        words[1] = words[2];
    share_link_add(l, words, user[0] ? 3 : 2);
}

static void
ask_more(struct share_stream *s)
{
    char texts[ENTRY_STREAMS][PLACE_MAX], block[16], count[16];
    struct span words[6 + 2 * ENTRY_STREAMS] = {
        SPAN_INIT("XREAD"),  SPAN_INIT("COUNT"), {0}, SPAN_INIT("BLOCK"), {0},
        SPAN_INIT("STREAMS")};

    if (s->is_asking || s->is_held || s->state != SHARE_UP)
        return;
    (void)snprintf(count, sizeof(count), "%d", s->one_by_one ? 1 : READ_COUNT);
    s->one_by_one -= s->one_by_one > 0;
    (void)snprintf(block, sizeof(block), "%d", BLOCK_MS);
    words[2] = span_of(count);
    words[4] = span_of(block);
    for (size_t i = 0; i < ENTRY_STREAMS; i++) {
        words[6 + i] = span_of(s->keys[i]);
        words[6 + ENTRY_STREAMS + i] = span_of(place_text(&s->places[i], texts[i]));
    }
    share_link_add(&s->reader, words, ARRAY_LEN(words));
    s->is_asking = true;
    s->read_us = clock_boot_us();
}

static void
make_epoch(char out[SHARE_EPOCH_MAX])
{
    struct hash_key random = hash_random_key();

    (void)snprintf(out, SHARE_EPOCH_MAX, "%016llx%016llx", (unsigned long long)random.k0,
                   (unsigned long long)random.k1);
}

static void
connect_writer(struct share_stream *s)
{
    char epoch[SHARE_EPOCH_MAX];
    int e = share_link_open(&s->writer);

    if (e) {
        fail(s, span_of(strerror(-e)));
        return;
    }
    s->wrote_us = s->read_us = clock_boot_us();
    if (s->password) {
        s->awaited[0].what = AWAIT_AUTH;
        s->awaited_count = 1;
        send_auth(s, &s->writer);
    }
    make_epoch(epoch);
    SEND(s, AWAIT_MADE, "SET", s->epoch_key, epoch, "NX");
    SEND(s, AWAIT_EPOCH, "GET", s->epoch_key);
    for (int i = 0; i < ENTRY_STREAMS; i++)
        SEND(s, (enum awaited)(AWAIT_LAST_LOG + i), "XREVRANGE", s->keys[i], "+", "-",
             "COUNT", "1");
    SEND(s, AWAIT_FIRST, "XRANGE", s->keys[ENTRY_LOG], "-", "+", "COUNT", "1");
    loop_timer_set(s->loop, &s->beat, BEAT_US);
    share_link_flush(&s->writer);
}

static void
on_retry(void *ctx)
{
    struct share_stream *s = ctx;

    if (s->is_wanted)
        connect_writer(s);
}

/* --- from where to read --- */

static bool
is_zero(const struct place *p)
{
    return p->ms == 0 && p->seq == 0;
}

/* Behind what was read before, if that can be; else all there is of the log, and of the
 * rest what comes. */
static void
choose_places(struct share_stream *s)
{
    struct place *log = &s->places[ENTRY_LOG];
    bool is_same = s->has_place[ENTRY_LOG] && strcmp(s->epoch, s->known_epoch) == 0;

    s->is_gap = !is_same || is_zero(&s->last[ENTRY_LOG]) ||
                place_is_before(&s->last[ENTRY_LOG], log) ||
                place_is_before(log, &s->first);
    if (!is_same || place_is_before(&s->last[ENTRY_LOG], log))
        *log = (struct place){0};
    for (int i = ENTRY_BULK; i < ENTRY_STREAMS; i++)
        if (!is_same || !s->has_place[i] || place_is_before(&s->last[i], &s->places[i]))
            s->places[i] = s->last[i];
    for (int i = 0; i < ENTRY_STREAMS; i++)
        s->has_place[i] = true;
    memcpy(s->known_epoch, s->epoch, sizeof(s->known_epoch));
}

static void
connect_reader(struct share_stream *s)
{
    static const struct span ping[] = {SPAN_INIT("PING")};
    int e;

    choose_places(s);
    e = share_link_open(&s->reader);
    if (e) {
        fail(s, span_of(strerror(-e)));
        return;
    }
    if (s->password)
        send_auth(s, &s->reader);
    share_link_add(&s->reader, ping, 1);
    share_link_flush(&s->reader);
}

static void
be_up(struct share_stream *s)
{
    s->state = SHARE_UP;
    s->connects++;
    s->why[0] = '\0';
    s->events.told(s->events.ctx, true);
    ask_more(s);
    share_link_flush(&s->reader);
}

/* --- replies --- */

/* What there must be of each kind; NULL: all is well. */
static const char *
wrong(enum awaited what, enum resp_type type)
{
    bool is_text = type == RESP_TEXT || type == RESP_BULK;

    switch (what) {
    case AWAIT_AUTH:
        return is_text ? NULL : "a strange answer to AUTH";
    case AWAIT_MADE:
    case AWAIT_CLAIM:
        return is_text || type == RESP_NIL ? NULL : "a strange answer to SET";
    case AWAIT_EPOCH:
    case AWAIT_BEAT:
        return is_text || type == RESP_NIL ? NULL : "a strange answer to GET";
    case AWAIT_LAST_LOG:
    case AWAIT_LAST_BULK:
    case AWAIT_LAST_LIMITS:
    case AWAIT_FIRST:
        return type == RESP_ARRAY ? NULL : "a strange answer to XRANGE";
    case AWAIT_ADDED:
        return is_text ? NULL : "a strange answer to XADD";
    case AWAIT_EXPIRE:
        return type == RESP_NUMBER ? NULL : "a strange answer to EXPIRE";
    }
    return "a strange answer";
}

static void
take_epoch(struct share_stream *s, struct span text)
{
    if (!span_cstr(text, s->epoch, sizeof(s->epoch)))
        fail(s, SPAN("the key of the epoch is another program's"));
}

static void
take_place(struct share_stream *s, enum awaited what, struct span reply)
{
    struct place *out =
        what == AWAIT_FIRST ? &s->first : &s->last[(int)what - AWAIT_LAST_LOG];
    bool has;

    *out = (struct place){0};
    if (!share_take_id(reply, out, &has)) {
        fail(s, SPAN("a strange answer to XRANGE"));
        return;
    }
    if (what == AWAIT_FIRST)
        connect_reader(s);
}

/* Redis holds what it held a second ago. */
static void
take_beat(struct share_stream *s, const struct resp_value *v)
{
    if (v->type != RESP_NIL && span_eq(v->text, span_of(s->epoch))) {
        s->pause_us = PAUSE_MIN_US;
        s->events.told(s->events.ctx, false);
        return;
    }
    s->pause_us = PAUSE_MIN_US;
    fail(s, SPAN("Redis was emptied, or is another one"));
}

static void
on_written(void *ctx, struct share_link *l UNUSED, struct span reply)
{
    struct share_stream *s = ctx;
    struct span rest = reply;
    struct resp_value v;
    enum awaited what;
    uint64_t claim;
    const char *trouble;

    must(resp_next(&rest, &v) == RESP_GOT); /* it is whole */
    if (s->awaited_count == 0) {
        fail(s, SPAN("an answer to no question"));
        return;
    }
    what = (enum awaited)s->awaited[s->awaited_first].what;
    claim = s->awaited[s->awaited_first].claim;
    s->awaited_first = (s->awaited_first + 1) % SHARE_AWAITED_MAX;
    s->awaited_count--;
    s->wrote_us = clock_boot_us();
    trouble = wrong(what, v.type);
    if (v.type == RESP_ERROR || trouble)
        fail(s, v.type == RESP_ERROR ? v.text : span_of(trouble));
    else if (what == AWAIT_EPOCH)
        take_epoch(s, v.text);
    else if (what >= AWAIT_LAST_LOG && what <= AWAIT_FIRST)
        take_place(s, what, reply);
    else if (what == AWAIT_CLAIM)
        s->events.claimed(s->events.ctx, claim, v.type != RESP_NIL);
    else if (what == AWAIT_ADDED)
        s->sent++;
    else if (what == AWAIT_BEAT)
        take_beat(s, &v);
}

/* Of AUTH and PING, then of each XREAD. */
static void
on_read(void *ctx, struct share_link *l UNUSED, struct span reply)
{
    struct share_stream *s = ctx;
    struct span rest = reply;
    struct resp_value v;

    must(resp_next(&rest, &v) == RESP_GOT); /* it is whole */
    s->read_us = clock_boot_us();
    if (v.type == RESP_ERROR) {
        fail(s, v.text);
    } else if (s->state != SHARE_UP) {
        if (span_eq(v.text, SPAN("PONG")))
            be_up(s);
    } else if (!s->is_asking || !share_take_entries(s, reply)) {
        fail(s, SPAN("a strange answer to XREAD"));
    } else {
        s->is_asking = false;
        ask_more(s);
        share_link_flush(&s->reader);
    }
}

/* --- the beat --- */

static void
keep_for(struct share_stream *s, enum entry_stream stream, const char *seconds)
{
    if (s->was_added[stream])
        SEND(s, AWAIT_EXPIRE, "EXPIRE", s->keys[stream], seconds);
    s->was_added[stream] = false;
}

static void
on_beat(void *ctx)
{
    struct share_stream *s = ctx;
    int64_t now_us = clock_boot_us();
    bool is_late = s->awaited_count && now_us - s->wrote_us > PATIENCE_US;

    if (s->state != SHARE_UP || s->is_asking)
        is_late |= now_us - s->read_us > PATIENCE_US;
    if (is_late) {
        fail(s, SPAN("Redis does not answer"));
        return;
    }
    loop_timer_set(s->loop, &s->beat, BEAT_US);
    if (s->state != SHARE_UP)
        return;
    if (s->awaited_count == 0)
        s->wrote_us = now_us;
    keep_for(s, ENTRY_LOG, "604800");
    keep_for(s, ENTRY_BULK, "3600");
    keep_for(s, ENTRY_LIMITS, "86400");
    SEND(s, AWAIT_BEAT, "GET", s->epoch_key);
    share_link_flush(&s->writer);
}

/* --- for the owner --- */

bool
share_stream_init(struct share_stream *s)
{
    static const char *const names[ENTRY_STREAMS] = {"log", "bulk", "limits"};
    struct buf why = {0};
    bool is_good = config_gate_listen_read(span_of(s->config->redis), &s->where, &why);

    buf_fini(&why);
    s->writer = (struct share_link){.loop = s->loop,
                                    .where = &s->where,
                                    .on_reply = on_written,
                                    .on_lost = on_lost,
                                    .ctx = s};
    s->reader = s->writer;
    s->reader.on_reply = on_read;
    for (size_t i = 0; i < ENTRY_STREAMS; i++)
        (void)snprintf(s->keys[i], SHARE_KEY_MAX, "%s:%s", s->config->name, names[i]);
    (void)snprintf(s->epoch_key, SHARE_KEY_MAX, "%s:epoch", s->config->name);
    s->awaited = mem_zalloc(SHARE_AWAITED_MAX, sizeof(*s->awaited));
    s->beat = (struct loop_timer){.fn = on_beat, .ctx = s};
    s->retry = (struct loop_timer){.fn = on_retry, .ctx = s};
    s->pause_us = PAUSE_MIN_US;
    return is_good;
}

void
share_stream_begin(struct share_stream *s, struct span place, struct span epoch)
{
    share_stream_stop(s);
    memset(s->has_place, 0, sizeof(s->has_place));
    s->has_place[ENTRY_LOG] = place_read(place, &s->places[ENTRY_LOG]);
    if (!span_cstr(epoch, s->known_epoch, sizeof(s->known_epoch)))
        s->known_epoch[0] = '\0';
    s->is_wanted = true;
    s->is_held = false;
    connect_writer(s);
}

void
share_stream_stop(struct share_stream *s)
{
    end_links(s);
    s->state = SHARE_CUT;
    s->is_wanted = false;
    s->pause_us = PAUSE_MIN_US;
}

void
share_stream_add(struct share_stream *s, enum entry_stream stream, struct span payload)
{
    static const char *const most[ENTRY_STREAMS] = {LOG_ENTRIES, BULK_ENTRIES,
                                                    LIMITS_ENTRIES};
    struct span words[] = {SPAN("XADD"),
                           span_of(s->keys[stream]),
                           SPAN("MAXLEN"),
                           SPAN("~"),
                           span_of(most[stream]),
                           SPAN("*"),
                           SPAN("p"),
                           payload};

    if (s->state != SHARE_UP || s->awaited_count == SHARE_AWAITED_MAX)
        return;
    s->awaited[(s->awaited_first + s->awaited_count++) % SHARE_AWAITED_MAX].what =
        AWAIT_ADDED;
    share_link_add(&s->writer, words, ARRAY_LEN(words));
    s->was_added[stream] = true;
}

void
share_stream_claim(struct share_stream *s, uint64_t claim)
{
    char key[SHARE_KEY_MAX], seconds[16];
    size_t at = (s->awaited_first + s->awaited_count) % SHARE_AWAITED_MAX;

    if (s->state != SHARE_UP || s->awaited_count == SHARE_AWAITED_MAX)
        return;
    (void)snprintf(key, sizeof(key), "%s:claim:%016llx", s->config->name,
                   (unsigned long long)claim);
    (void)snprintf(seconds, sizeof(seconds), "%d", CLAIM_S);
    s->awaited[at].claim = claim;
    SEND(s, AWAIT_CLAIM, "SET", key, "1", "NX", "EX", seconds);
}

bool
share_stream_is_full(const struct share_stream *s)
{
    return s->state == SHARE_UP && (share_link_waiting(&s->writer) > WAITING_MAX ||
                                    s->awaited_count > SHARE_AWAITED_MAX / 2);
}

void
share_stream_hold(struct share_stream *s, bool is_held)
{
    s->is_held = is_held;
    if (!is_held) {
        ask_more(s);
        share_link_flush(&s->reader);
    }
}

void
share_stream_flush(struct share_stream *s)
{
    share_link_flush(&s->writer);
}
