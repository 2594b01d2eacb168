/* words: the words and sentences of a report, in every language, of one table.
 *
 * words.def has a line for each with all its texts; one that lacks a language or is empty
 * does not compile. The small name of a word stands for it where there is no language
 * (JSON, Prometheus) and stays as it is.
 */
#pragma once

#include "base/buf.h"

enum language { LANGUAGE_ENGLISH, LANGUAGE_JAPANESE, LANGUAGES };

enum word {
    WORD_NONE,
#define X(name, english, japanese) WORD_##name,
#include "report/words.def"
#undef X
    WORDS
};

enum { WORD_KEY_MAX = 32, WORD_VALUES_MAX = 4 };

/* What is put into a sentence: its text, and the number that chooses between one and
 * many. */
struct word_value {
    struct span text; /* escaped by the caller as the output wants it */
    int64_t number;
};

/* The text; "" of WORD_NONE. */
const char *word_text(enum word word, enum language language);

/* The name in small letters: "note_takeover". */
const char *word_key(enum word word, char dst[WORD_KEY_MAX]);

/* The word with that name, which is most likely `guess`; WORD_NONE: there is none. */
enum word word_of_key(struct span key, enum word guess);

/* Appends our own text; NULL: as it is. */
typedef void word_add_fn(struct buf *b, struct span text);

/* Appends a sentence with its values put in; the sentence's own text goes through `add`.
 * A value that is not there is "-". */
void word_put(struct buf *b, const char *sentence, word_add_fn *add,
              const struct word_value values[WORD_VALUES_MAX]);

/* "en", "ja" (RFC 5646). */
const char *language_code(enum language language);
