/* document: a report as it is before it is printed: sections of figures, tables and
 * curves, which text, HTML, JSON and Prometheus each show in their way.
 *
 * Who makes it (digest) says what it is; who prints it never looks at a tally. Words are
 * numbers of the string table (words.h), so that a document has no language; foreign
 * texts are bytes as the log had them, and are made harmless by who prints.
 *
 *     struct document d;
 *     document_init(&d);
 *     struct section *s = document_section(&d, WORD_LOGINS, "logins");
 *     section_columns(s, 2, (struct column[]){{WORD_ACCOUNT, "account", CELL_TEXT},
 *                                             {WORD_COUNT, "count", CELL_COUNT}});
 *     section_text(s, account); section_number(s, 17);
 *     document_fini(&d);
 *
 * Invariants: sections and rows stay in the order in which they were added; whoever fills
 * a table sorts it first, ties included, so that the same input gives the same bytes.
 */
#pragma once

#include "base/buf.h"
#include "report/words.h"

/* What a cell, a figure or a point of a curve is, and so how it is written. */
enum cell_type {
    CELL_TEXT,     /* foreign */
    CELL_WORD,     /* of the string table */
    CELL_COUNT,    /* 1,234,567 */
    CELL_BYTES,    /* 1.4 MB */
    CELL_DURATION, /* microseconds: 1.3 s, 2 d 3 h */
    CELL_TIME,     /* wall time, microseconds */
    CELL_SHARE,    /* millionths of a whole: 12.3 % */
};

enum section_shape {
    SECTION_FIGURES, /* name and value: rows of two cells, the name a word */
    SECTION_TABLE,
    SECTION_CURVES, /* the first column is the axis (time or hour), the others curves */
    SECTION_NOTES,  /* sentences: what needs attention, what the figures mean */
};

enum { DOCUMENT_COLUMNS_MAX = 12 };

/* How much a row asks for somebody's attention; coloured, and --check's exit status. */
enum weight { WEIGHT_NONE, WEIGHT_GOOD, WEIGHT_LOOK, WEIGHT_ACT };

struct column {
    enum word title;
    const char *key; /* of JSON and Prometheus: stable, [a-z0-9_]+ */
    enum cell_type type;
};

struct cell {
    enum cell_type type;
    bool is_none;           /* no value: "-", null */
    int64_t number;         /* CELL_WORD: the word */
    size_t text_at, text_n; /* of CELL_TEXT, in document.texts */
};

struct section {
    struct document *document;
    enum word title;
    const char *key; /* of JSON, Prometheus and the anchor in HTML: stable */
    enum section_shape shape;
    struct column columns[DOCUMENT_COLUMNS_MAX];
    size_t column_count;
    struct cell *cells; /* row by row */
    size_t cell_count, cell_room;
    uint8_t *weights;  /* of each row begun */
    uint64_t left_out; /* rows that are not shown: "and 312 more" */
    enum word hint;    /* a sentence below the title, WORD_NONE: none */
};

struct document {
    struct section **sections;
    size_t section_count;
    struct buf texts;
    int64_t from_us, until_us; /* what is reported on, wall time; 0 both: nothing */
    int64_t made_us;           /* wall time, said by the caller */
    enum weight weight;        /* the heaviest of all rows */
};

/* An empty document. */
void document_init(struct document *d);

/* Frees all; a zeroed document is legal. */
void document_fini(struct document *d);

/* Begins a section. `key` is ours and lives on. Valid until document_fini(). */
struct section *document_section(struct document *d, enum word title, const char *key,
                                 enum section_shape shape);

/* Says what the columns are; once, before the first cell. */
void section_columns(struct section *s, size_t count, const struct column *columns);

/* Add the next cell of a row, of the type of its column; of figures and notes the type is
 * said (section_value()). */
void section_text(struct section *s, struct span text);
void section_number(struct section *s, int64_t number);
void section_none(struct section *s);

/* Adds a figure: a row of a name and a value. */
void section_value(struct section *s, enum word name, const char *key,
                   enum cell_type type, int64_t value);

/* Adds a sentence of the string table with up to two values put into it where it has {0}
 * and {1}. */
void section_note(struct section *s, enum weight weight, enum word sentence,
                  const struct cell *values, size_t count);

/* Weighs the row that was begun last. */
void section_weigh(struct section *s, enum weight weight);

/* How many rows there are. */
size_t section_rows(const struct section *s);
