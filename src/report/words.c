#include "report/words.h"

#include "base/ascii.h"

static const char *const texts[WORDS][LANGUAGES] = {
    [WORD_NONE] = {"", ""},
#define X(name, english, japanese) [WORD_##name] = {"" english, "" japanese},
#include "report/words.def"
#undef X
};

static const char *const names[WORDS] = {
    [WORD_NONE] = "NONE",
#define X(name, english, japanese) [WORD_##name] = #name,
#include "report/words.def"
#undef X
};

#define X(name, english, japanese)                                                       \
    _Static_assert(sizeof(english) > 1 && sizeof(japanese) > 1 &&                        \
                       sizeof(#name) <= WORD_KEY_MAX,                                    \
                   #name);
#include "report/words.def"
#undef X

const char *
word_text(enum word word, enum language language)
{
    return texts[word][language];
}

const char *
word_key(enum word word, char dst[WORD_KEY_MAX])
{
    const char *name = names[word];
    size_t i = 0;

    for (; name[i] && i + 1 < WORD_KEY_MAX; i++)
        dst[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 'a' - 'A') : name[i];
    dst[i] = '\0';
    return dst;
}

static bool
is_key_of(const char *name, struct span key)
{
    for (size_t i = 0; i < key.len; i++)
        if (name[i] == '\0' || ascii_lower(name[i]) != key.ptr[i])
            return false;
    return name[key.len] == '\0';
}

enum word
word_of_key(struct span key, enum word guess)
{
    if ((int)guess < WORDS && is_key_of(names[guess], key))
        return guess;
    for (int w = WORD_NONE + 1; w < WORDS; w++)
        if (is_key_of(names[w], key))
            return (enum word)w;
    return WORD_NONE;
}

static void
add_own(struct buf *b, word_add_fn *add, struct span text)
{
    if (add)
        add(b, text);
    else
        buf_add(b, text);
}

/* `place` is what stands between the braces: "0", or "0|one|many". */
static void
add_place(struct buf *b, word_add_fn *add, struct span place,
          const struct word_value values[WORD_VALUES_MAX])
{
    const struct word_value *value = &values[(place.ptr[0] - '0') % WORD_VALUES_MAX];
    struct span one, many;

    if (place.len == 1)
        buf_add(b, value->text.len ? value->text : SPAN("-"));
    else if (span_cut(span_from(place, 2), SPAN("|"), &one, &many))
        add_own(b, add, value->number == 1 ? one : many);
}

void
word_put(struct buf *b, const char *sentence, word_add_fn *add,
         const struct word_value values[WORD_VALUES_MAX])
{
    struct span rest = span_of(sentence), own, place;

    while (span_cut(rest, SPAN("{"), &own, &rest) &&
           span_cut(rest, SPAN("}"), &place, &rest)) {
        add_own(b, add, own);
        if (place.len && place.ptr[0] >= '0' && place.ptr[0] <= '9')
            add_place(b, add, place, values);
    }
    add_own(b, add, rest);
}

const char *
language_code(enum language language)
{
    static const char *const codes[LANGUAGES] = {"en", "ja"};

    return codes[language];
}
