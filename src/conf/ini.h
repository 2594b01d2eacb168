/* ini: the dialect of INI that fail2ban's users write.
 *
 * Sections `[name]`; `key = value` or `key: value`; comments on lines of their own that
 * begin with # or ;, and after a value behind blank and semicolon; lines indented deeper
 * than their key continue its value, joined by LF, and keep the empty lines between them.
 * Keys are folded to lower case. An option or a section that stands twice in one file is
 * an error.
 *
 * A struct ini is one file, or several merged: later layers win option by option, and
 * each option keeps what the layers before said (`before`). Every line of a value knows
 * its place. The struct owns all its texts; a zeroed one is empty.
 */
#pragma once

#include "base/span.h"
#include "conf/errors.h"

enum {
    INI_FILE_MAX = 1 << 20,   /* bytes of one file */
    INI_VALUE_MAX = 64 << 10, /* bytes of one value */
    INI_OPTIONS_MAX = 4096,   /* options of one file, and of a merged set */
    INI_NAME_MAX = 128,       /* bytes of the name of a section or an option */
};

#define INI_DEFAULT "DEFAULT"
#define INI_INCLUDES "INCLUDES"

struct ini_option {
    char *name;
    char *value;               /* lines joined by LF */
    const char *file;          /* owned by the ini */
    unsigned *lines;           /* the line of the file for each line of the value */
    size_t line_count;         /* at least 1 */
    unsigned layer;            /* 1 is the first file */
    struct ini_option *before; /* what an earlier layer said, or NULL */
};

struct ini_section {
    char *name;
    unsigned line; /* of its head, in the file that named it first */
    const char *file;
    struct ini_option **options;
    size_t count;
};

/* INI_PYTHON: as Python's configparser has it: DEFAULT may stand twice, the name of a
 * section goes to the last bracket of its line, what stands behind that is passed over,
 * and a line that begins with a bracket may be an option. */
enum ini_dialect { INI_OURS, INI_PYTHON };

struct ini {
    enum ini_dialect dialect; /* set before ini_parse() */
    struct ini_section *sections;
    size_t section_count;
    size_t option_count;
    char **files; /* one name a layer */
    size_t file_count;
};

/* Reads the text of one file into the empty `*out`. What is wrong is told in `e`, and the
 * rest is read all the same. */
void ini_parse(struct ini *out, struct span text, const char *file,
               struct conf_errors *e);

/* Moves what `one`, which ini_parse() filled, holds into `all` as its next layer, all but
 * the section INCLUDES. That stays in `one`, which the caller frees before `all`. */
void ini_append(struct ini *all, struct ini *one, struct conf_errors *e);

/* Frees what the ini owns and zeroes it. */
void ini_fini(struct ini *ini);

/* The section called so, or NULL. */
const struct ini_section *ini_section(const struct ini *ini, struct span name);

/* The option of this very section as the last layer below `below` has it (0: the last of
 * all); NULL when there is none. Linear in the options. */
const struct ini_option *ini_own(const struct ini *ini, struct span section,
                                 struct span name, unsigned below);

/* The same, and what DEFAULT says where the section is silent. */
const struct ini_option *ini_get(const struct ini *ini, struct span section,
                                 struct span name, unsigned below);
