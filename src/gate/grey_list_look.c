#include "gate/grey_list_parts.h"

#include "base/ascii.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { NAME_MAX_BYTES = 512 /* of what is looked up; postgrey reads no more */ };

/* An expression of a list is short, and a name too: what needs more is no match. */
static const struct pcre_limits limits = {
    .steps = 100000, .depth = 10000, .heap_kib = 1024, .stack_bytes = 64 << 10};

static struct span
text_of(const struct grey_list *l, const struct grey_word *w)
{
    return (struct span){l->texts.ptr + w->at, w->len};
}

static int
compare_words(const void *a, const void *b, void *list)
{
    return span_cmp(text_of(list, a), text_of(list, b));
}

static int
compare_addresses(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

enum {
    GLANCES_EACH = 16, /* bits for each entry at least */
    GLANCES_MIN_LOG = 12,
};

static uint64_t
word_at(const void *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* Of both ends and the length. Who chooses names that look like those of the list costs
 * us a search and no more. */
static uint64_t
glance_at_word(struct span word)
{
    uint64_t first = 0, last = 0;

    if (word.len >= sizeof(uint64_t)) {
        first = word_at(word.ptr);
        last = word_at(word.ptr + word.len - sizeof(uint64_t));
    } else {
        for (size_t i = 0; i < word.len; i++)
            first = first << 8 | (uint8_t)word.ptr[i];
    }
    return (first ^ last >> 29 ^ last << 35 ^ word.len) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t
glance_at_address(const struct addr *a)
{
    return (word_at(a->bytes) ^ (uint64_t)a->bits << 56 ^ (uint64_t)a->family << 48) *
           UINT64_C(0x9E3779B97F4A7C15);
}

static void
keep_glance(struct grey_list *l, uint64_t glance)
{
    glance >>= l->glance_shift;
    l->glances[glance / 64] |= UINT64_C(1) << glance % 64;
}

static bool
may_have(const struct grey_list *l, uint64_t glance)
{
    glance >>= l->glance_shift;
    return l->glances[glance / 64] >> glance % 64 & 1;
}

static void
keep_glances(struct grey_list *l)
{
    size_t wanted = (l->word_count + l->address_count) * GLANCES_EACH;
    unsigned log = GLANCES_MIN_LOG;

    while ((size_t)1 << log < wanted)
        log++;
    l->glance_shift = 64 - log;
    l->glances = mem_zalloc(((size_t)1 << log) / 64, sizeof(*l->glances));
    for (size_t i = 0; i < l->word_count; i++)
        keep_glance(l, glance_at_word(text_of(l, &l->words[i])));
    for (size_t i = 0; i < l->address_count; i++)
        keep_glance(l, glance_at_address(&l->addresses[i]));
}

/* One expression costs a fraction of what its parts cost one after the other. When they
 * are too much for one they stay what they are. */
static void
join_regexes(struct grey_list *l)
{
    struct buf why = {0};
    size_t at, left = 0;
    void *code = l->joined.len && !l->joined.is_cut
                     ? pcre_compile(buf_span(&l->joined), PCRE_CASELESS, &why, &at)
                     : NULL;

    buf_fini(&why);
    buf_fini(&l->joined);
    if (!code)
        return;
    for (size_t i = 0; i < l->regex_count; i++) {
        if (l->regexes[i].is_plain)
            pcre_free(l->regexes[i].code);
        else
            l->regexes[left++] = l->regexes[i];
    }
    l->regexes[left++] = (struct grey_regex){code, true}; /* one at least was plain */
    l->regex_count = left;
}

void
grey_list_seal(struct grey_list *l)
{
    if (l->word_count)
        qsort_r(l->words, l->word_count, sizeof(*l->words), compare_words, l);
    if (l->address_count)
        qsort(l->addresses, l->address_count, sizeof(*l->addresses), compare_addresses);
    keep_glances(l);
    if (l->regex_count == 0 && l->word_count == 0)
        return;
    l->seen_key = hash_random_key();
    l->seen = mem_zalloc((size_t)2 << GREY_LIST_PAIRS_LOG, sizeof(*l->seen));
    if (l->regex_count == 0)
        return;
    join_regexes(l);
    pcre_engine_init(&l->engine, &limits, 1);
    l->has_jit = true;
    for (size_t i = 0; i < l->regex_count; i++)
        l->has_jit &= pcre_has_jit(l->regexes[i].code);
}

bool
grey_list_is_empty(const struct grey_list *l)
{
    return !l->word_count && !l->address_count && !l->regex_count;
}

static bool
has_word(const struct grey_list *l, struct span word)
{
    size_t low = 0, high = l->word_count;

    if (!may_have(l, glance_at_word(word)))
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_cmp(word, text_of(l, &l->words[middle]));

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* The name itself, then what stands behind each of its dots. */
static bool
has_domain(const struct grey_list *l, struct span name)
{
    ptrdiff_t dot = -1;

    do {
        name = span_from(name, (size_t)(dot + 1));
        if (has_word(l, name))
            return true;
        dot = span_find_byte(name, '.');
    } while (dot >= 0);
    return false;
}

static bool
is_match(const struct grey_list *l, const void *code, struct span text)
{
    PCRE2_SPTR at = (PCRE2_SPTR)text.ptr;

    return (l->has_jit ? pcre2_jit_match(code, at, text.len, 0, 0, l->engine.data,
                                         l->engine.context)
                       : pcre2_match(code, at, text.len, 0, 0, l->engine.data,
                                     l->engine.context)) >= 0;
}

static bool
has_regex(const struct grey_list *l, struct span text)
{
    for (size_t i = 0; i < l->regex_count; i++)
        if (is_match(l, l->regexes[i].code, text))
            return true;
    return false;
}

static bool
has_address(const struct grey_list *l, const struct addr *client)
{
    const struct grey_widths *w = &l->widths[client->family == 6];

    for (unsigned i = 0; i < w->count; i++) {
        struct addr prefix = addr_mask(*client, w->of[i]);

        if (may_have(l, glance_at_address(&prefix)) &&
            bsearch(&prefix, l->addresses, l->address_count, sizeof(prefix),
                    compare_addresses))
            return true;
    }
    return false;
}

/* Writes what is looked up in lower case, at most NAME_MAX_BYTES of it. */
static struct span
lower(struct span text, char dst[NAME_MAX_BYTES])
{
    text = span_head(text, NAME_MAX_BYTES);
    if (text.len)
        memcpy(dst, text.ptr, text.len);
    ascii_lower_all(dst, text.len);
    return (struct span){dst, text.len};
}

/* USER@DOMAIN and USER@, where they fit the buffer: both are no longer than the whole. */
static bool
has_user(const struct grey_list *l, struct span user, struct span domain)
{
    char text[NAME_MAX_BYTES];
    size_t len = user.len + 1;

    if (user.len)
        memcpy(text, user.ptr, user.len);
    text[user.len] = '@';
    if (has_word(l, (struct span){text, len}))
        return true;
    if (domain.len)
        memcpy(text + len, domain.ptr, domain.len);
    return has_word(l, (struct span){text, len + domain.len});
}

/* The user as it is, then cut at each + behind which something stands. */
static bool
has_address_of(const struct grey_list *l, struct span user, struct span domain)
{
    size_t tries = 0;

    if (has_user(l, user, domain))
        return true;
    for (size_t i = 0; i + 1 < user.len && tries < GREY_LIST_EXTENSIONS_MAX; i++) {
        if (user.ptr[i] != '+')
            continue;
        tries++;
        if (has_user(l, span_head(user, i), domain))
            return true;
    }
    return false;
}

static bool
has_recipient_word(const struct grey_list *l, struct span recipient)
{
    struct span user, domain;
    ptrdiff_t last = span_find_last(recipient, '@');

    if (span_cut(recipient, SPAN("@"), &user, &domain)) {
        if (has_address_of(l, user, domain))
            return true;
        return has_domain(l, span_from(recipient, (size_t)last + 1));
    }
    /* Without @: what stands behind a dot may be the domain. */
    return span_cut(recipient, SPAN("."), &user, &domain) && has_domain(l, domain);
}

static bool
look_up(const struct grey_list *l, struct span text)
{
    bool is_of_recipients = l->kind == GREY_LIST_RECIPIENTS;
    char small[NAME_MAX_BYTES];
    struct span word = l->word_count ? lower(text, small) : (struct span){0};

    if (l->word_count &&
        (is_of_recipients ? has_recipient_word(l, word) : has_domain(l, word)))
        return true;
    return has_regex(l, text);
}

static bool
is_seen(uint64_t seen, uint64_t hash)
{
    return (seen & ~GREY_LIST_IS_LISTED) == hash;
}

/* There are two places for each text: what was found later pushes out the older one. */
static bool
has_text(const struct grey_list *l, struct span text)
{
    uint64_t hash, *pair;

    if (!l->seen)
        return false;
    text = text.ptr ? span_head(text, NAME_MAX_BYTES) : SPAN("");
    hash = hash_bytes_fast(l->seen_key, text.ptr, text.len);
    pair = l->seen + 2 * (hash >> (64 - GREY_LIST_PAIRS_LOG));
    hash = (hash | 2) & ~GREY_LIST_IS_LISTED; /* never 0 */
    if (is_seen(pair[0], hash))
        return pair[0] & GREY_LIST_IS_LISTED;
    if (is_seen(pair[1], hash))
        return pair[1] & GREY_LIST_IS_LISTED;
    pair[1] = pair[0];
    pair[0] = hash | (look_up(l, text) ? GREY_LIST_IS_LISTED : 0);
    return pair[0] & GREY_LIST_IS_LISTED;
}

bool
grey_list_has_client(const struct grey_list *l, const struct addr *client,
                     struct span name)
{
    must(l->kind == GREY_LIST_CLIENTS);
    return (client->family && l->address_count && has_address(l, client)) ||
           has_text(l, name);
}

bool
grey_list_has_recipient(const struct grey_list *l, struct span recipient)
{
    must(l->kind == GREY_LIST_RECIPIENTS);
    return has_text(l, recipient);
}
