/* document: a report as it is before it is printed: sections of figures, tables and
 * curves, which text, HTML, JSON and Prometheus each show in their way.
 *
 * Who makes it (digest) says what it is; who prints it never looks at a tally. Words are
 * numbers of the string table (words.h), so that a document has no language; foreign
 * texts are bytes as the log had them, and are made harmless by who prints.
 *
 *     struct document d;
 *     document_init(&d);
 *     struct section *s = document_section(&d, WORD_LOGINS, "logins", SECTION_TABLE);
 *     section_columns(s, 2, (struct column[]){{WORD_ACCOUNT, "account", CELL_TEXT},
 *                                             {WORD_COUNT, "count", CELL_COUNT}});
 *     section_text(s, account); section_number(s, 17);
 *     document_fini(&d);
 * Invariants: sections and rows stay in the order in which they were added; whoever fills
 * a table sorts it first, ties included, so that the same input gives the same bytes.
 * Keys are ours, [a-z][a-z0-9_]*, and no key comes twice in one section or document.
 */
#pragma once

#include "base/buf.h"
#include "report/words.h"

/* What a cell, a figure or a point of a curve is, and so how it is written. */
enum cell_type {
    CELL_TEXT,     /* foreign */
    CELL_COUNTRY,  /* a name by its code, country_number() */
    CELL_WORD,     /* of the string table */
    CELL_COUNT,    /* 1,234,567 */
    CELL_BYTES,    /* 1.4 MB */
    CELL_DURATION, /* microseconds: 1.3 s, 2 d 3 h */
    CELL_TIME,     /* wall time, microseconds */
    CELL_SHARE,    /* millionths of a whole: 12.3 % */
    CELL_HOUR,     /* of the day: 13:00 */
    CELL_TYPES
};

enum section_shape {
    SECTION_FIGURES, /* name and value: section_value() */
    SECTION_TABLE,
    SECTION_CURVES, /* the first column is the axis (time or hour), the others curves */
    SECTION_NOTES,  /* sentences: what needs attention */
};

enum compared { COMPARED_PERIOD, COMPARED_WEEK, COMPARISONS };

enum {
    DOCUMENT_COLUMNS_MAX = 12,
    DOCUMENT_TEXT_MAX = 4096, /* bytes kept of one foreign text */
    FIGURE_COMPARED = 1,      /* the cells of a figure: its value, and behind it these */
};

/* How much a row asks for somebody's attention; coloured, and --check's exit status. */
enum weight { WEIGHT_NONE, WEIGHT_GOOD, WEIGHT_LOOK, WEIGHT_ACT, WEIGHTS };

struct column {
    enum word title;
    const char *key; /* of JSON and Prometheus: stable */
    enum cell_type type;
    bool is_spare; /* text leaves it out where there is no room */
};

struct cell {
    enum cell_type type;
    bool is_none;           /* no value: "-", null */
    int64_t number;         /* CELL_WORD: the word */
    size_t text_at, text_n; /* of CELL_TEXT, in document.texts */
};

/* A row of any shape. */
struct row {
    enum weight weight;
    enum word word;  /* a figure's name, a note's sentence */
    const char *key; /* of a figure */
};

struct section {
    struct document *document;
    enum word title;
    const char *key; /* of JSON, Prometheus and the anchor in HTML: stable */
    enum section_shape shape;
    struct column columns[DOCUMENT_COLUMNS_MAX];
    size_t column_count; /* the cells of a row */
    struct cell *cells;  /* row by row; values of a note that are not there are none */
    size_t cell_count, cell_room;
    struct row *rows; /* as many as have begun */
    size_t row_count, row_room;
    uint64_t left_out;  /* rows that are not shown: "and 312 more" */
    enum word hint;     /* a sentence below the title, WORD_NONE: none */
    const void *filler; /* borrowed by who makes the rows; nobody else looks at it */
};

struct document {
    struct section **sections;
    size_t section_count;
    struct buf texts;
    struct cell machine;       /* document_of() */
    int64_t from_us, until_us; /* what is reported on, wall time; 0 both: nothing */
    int64_t began_us;   /* of some log nothing before is in it; 0: that is not so */
    enum weight weight; /* of the heaviest row */
};

/* An empty document. */
void document_init(struct document *d);

/* Frees all. */
void document_fini(struct document *d);

/* Says whose report it is: the name of a machine, foreign. */
void document_of(struct document *d, struct span machine);

/* Begins a section; `key` lives on. Valid until document_fini(). */
struct section *document_section(struct document *d, enum word title, const char *key,
                                 enum section_shape shape);

/* Keeps a foreign text for a note: a cell of it. What is behind DOCUMENT_TEXT_MAX bytes
 * is cut off, and shown by an ellipsis. */
struct cell document_text(struct document *d, struct span text);

/* A cell of a number. */
struct cell cell_number(enum cell_type type, int64_t number);

/* The bytes of a CELL_TEXT; valid until a text is added. */
struct span document_cell_text(const struct document *d, const struct cell *cell);

/* Says what the columns of a table or of curves are; once, before the first cell. */
void section_columns(struct section *s, size_t count, const struct column *columns);

/* Add the next cell of a row, of the type of its column. */
void section_text(struct section *s, struct span text);
void section_number(struct section *s, int64_t number);
void section_none(struct section *s);

/* Adds a figure: a row of a name and a value. */
void section_value(struct section *s, enum word name, const char *key,
                   enum cell_type type, int64_t value);

/* Says what the figure that was added last is compared with. */
void section_compare(struct section *s, enum compared with, int64_t value);

/* Adds a sentence with up to WORD_VALUES_MAX values put in where it has {0} to {3}. */
void section_note(struct section *s, enum weight weight, enum word sentence,
                  const struct cell *values, size_t count);

/* Weighs the row that was begun last, and the document with it. */
void section_weigh(struct section *s, enum weight weight);

/* How many rows there are, and a cell of one. */
size_t section_rows(const struct section *s);
const struct cell *section_cell(const struct section *s, size_t row, size_t column);

/* How many notes have this weight; where none has, how many rows. */
size_t document_weighed(const struct document *d, enum weight weight);
