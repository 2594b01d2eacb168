/* What deeds have counted, as bytes. What is numbered by words goes by their names: words
 * are added. */
#include "report/deeds_pack.h"

#include "base/mem.h"

static void
write_kinds(struct pack *p, uint32_t kinds[DEEDS_KINDS])
{
    uint64_t count = 0;

    for (size_t i = 0; i < DEEDS_KINDS; i++)
        count += kinds[i] != 0;
    pack_u64(p, &count);
    for (size_t i = 0; i < DEEDS_KINDS; i++) {
        enum word kind = (enum word)(WORD_KIND_GUESSING + i);

        if (kinds[i] == 0)
            continue;
        pack_word(p, &kind);
        pack_u32(p, &kinds[i]);
    }
}

/* Which of `max` words from `first` on comes; of another one, which is bad, the first. */
static unsigned
read_one_of(struct pack *p, enum word first, unsigned max)
{
    enum word word = WORD_NONE;
    unsigned number;

    pack_word(p, &word);
    number = (unsigned)word - (unsigned)first;
    if (number < max)
        return number;
    p->is_bad = true;
    return 0;
}

static void
pack_kinds(struct pack *p, uint32_t kinds[DEEDS_KINDS])
{
    uint64_t count = 0;

    if (p->out) {
        write_kinds(p, kinds);
        return;
    }
    pack_count(p, &count, PACK_WORDS_MAX);
    for (; count && !p->is_bad; count--)
        pack_u32(p, &kinds[read_one_of(p, WORD_KIND_GUESSING, DEEDS_KINDS)]);
}

static void
write_bits(struct pack *p, uint32_t bits, enum word first)
{
    uint64_t count = (uint64_t)__builtin_popcount(bits);

    pack_u64(p, &count);
    for (; bits; bits &= bits - 1) {
        enum word word = (enum word)((int)first + __builtin_ctz(bits));

        pack_word(p, &word);
    }
}

/* Bits, each of which stands for a word: `max` of them from `first` on. */
static void
pack_bits(struct pack *p, uint32_t *bits, enum word first, unsigned max)
{
    uint64_t count = 0;

    if (p->out) {
        write_bits(p, *bits, first);
        return;
    }
    *bits = 0;
    pack_count(p, &count, max);
    for (; count && !p->is_bad; count--)
        *bits |= UINT32_C(1) << read_one_of(p, first, max);
}

static void
pack_stoppers(struct pack *p, uint32_t *bits)
{
    pack_bits(p, bits, WORD_BY_PASSWORD, STOPPERS);
}

static void
pack_stop(struct pack *p, struct stop *s)
{
    pack_stoppers(p, &s->by);
    pack_stoppers(p, &s->back);
    pack_i64(p, &s->last_us);
}

static void
address_value(struct pack *p, void *value)
{
    struct deeds_address *a = value;

    pack_kinds(p, a->kinds);
    pack_bits(p, &a->found, WORD_KIND_GUESSING, DEEDS_KINDS);
    pack_u32(p, &a->logins);
    pack_i64(p, &a->first_us);
    pack_i64(p, &a->last_us);
    pack_stop(p, &a->stop);
}

static void
account_value(struct pack *p, void *value)
{
    struct deeds_account *a = value;

    pack_u64(p, &a->logins);
    pack_u64(p, &a->messages);
    pack_u64(p, &a->failures);
    pack_u64(p, &a->misses);
    pack_u64(p, &a->unknown);
    pack_i64(p, &a->login_us);
    pack_i64(p, &a->failure_us);
    pack_chars(p, a->place, &a->place_len, sizeof(a->place));
}

/* Of names that are none the most frequent ones are shown; accounts are looked through.
 */
static double
account_worth(const void *value)
{
    const struct deeds_account *a = value;

    return deeds_is_account(a) ? PACK_ALWAYS : (double)deeds_failures(a);
}

static void
destination_value(struct pack *p, void *value)
{
    struct deeds_destination *d = value;

    pack_u64(p, &d->delivered);
    pack_u64(p, &d->deferred);
    pack_u64(p, &d->bounced);
    pack_delays(p, &d->delays);
}

static void
pack_trouble(struct pack *p, struct deeds_trouble *t)
{
    pack_u64(p, &t->count);
    pack_chars(p, t->said, &t->said_len, sizeof(t->said));
}

/* The key has the number of a word. */
static void
pack_troubles(struct pack *p, struct texts *t)
{
    uint64_t count = t->count;
    struct deeds_trouble spare, *trouble;
    struct span destination = {0};
    enum word cause = WORD_NONE;
    struct buf key = {0};

    pack_count(p, &count, t->max);
    for (uint32_t i = 0; i < count && !p->is_bad; i++) {
        if (p->out)
            cause = deeds_cause(texts_text(t, i), &destination);
        pack_text(p, &destination, TEXTS_LEN_MAX);
        pack_word(p, &cause);
        deeds_key(&key, destination, cause);
        trouble = p->out ? texts_value(t, i) : texts_put(t, buf_span(&key));
        if (!trouble)
            trouble = memset(&spare, 0, sizeof(spare));
        pack_trouble(p, trouble);
    }
    buf_fini(&key);
}

static void
pack_refused(struct pack *p, uint64_t refused[2][WORDS])
{
    uint64_t count = 0;
    int at = 0;

    for (int i = 0; i < WORDS; i++)
        count += refused[0][i] || refused[1][i];
    pack_count(p, &count, PACK_WORDS_MAX);
    for (uint64_t i = 0; i < count && !p->is_bad; i++) {
        enum word cause;

        while (p->out && !refused[0][at] && !refused[1][at])
            at++;
        cause = (enum word)at++;
        pack_word(p, &cause);
        pack_u64(p, &refused[0][cause]);
        pack_u64(p, &refused[1][cause]);
    }
}

void
deeds_pack(struct pack *p, struct deeds *f)
{
    pack_same(p, DEEDS_FLOWS);
    pack_same(p, MAIL_DELAYS);
    pack_same(p, DELAYS_BUCKETS);
    pack_u64(p, &f->budget.dropped);
    pack_texts(p, &f->addresses, address_value);
    pack_texts_best(p, &f->accounts, account_value, account_worth);
    pack_texts(p, &f->destinations, destination_value);
    pack_troubles(p, &f->deferrals);
    pack_troubles(p, &f->bounces);
    pack_refused(p, f->refused);
    pack_trouble(p, &f->trouble);
    for (size_t i = 0; i < MAIL_DELAYS; i++)
        pack_delays(p, &f->stages[i]);
    pack_delays(p, &f->all);
    for (size_t i = 0; i < ARRAY_LEN(f->hours); i++)
        pack_all_u64(p, f->hours[i], DEEDS_FLOWS);
    pack_u64(p, &f->logins);
    pack_u64(p, &f->failures);
    pack_u64(p, &f->expired);
    pack_u64(p, &f->lines);
    pack_u64(p, &f->unknown);
    pack_u64(p, &f->foreign);
    pack_i64(p, &f->first_us);
    pack_i64(p, &f->last_us);
}
