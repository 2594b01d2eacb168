#include "conf/ini.h"

#include "base/mem.h"

struct parser {
    struct ini *ini;
    const char *file;
    struct conf_errors *errors;
    unsigned line; /* of the file, from 1 */

    struct ini_section *section; /* NULL before the first head */
    struct ini_option *option;   /* the one being read, or NULL */
    size_t key_indent;
    struct buf value;
    bool is_skipping; /* what follows belongs to a section that was refused */
    bool is_dropping; /* ... to an option that was refused */
    bool is_full;     /* that there are too many options has been said */
};

static void
free_option(struct ini_option *o)
{
    struct ini_option *before;

    for (; o; o = before) {
        before = o->before;
        mem_free(o->name);
        mem_free(o->value);
        mem_free(o->lines);
        mem_free(o);
    }
}

void
ini_fini(struct ini *ini)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        for (size_t k = 0; k < ini->sections[i].count; k++)
            free_option(ini->sections[i].options[k]);
        mem_free(ini->sections[i].options);
        mem_free(ini->sections[i].name);
    }
    for (size_t i = 0; i < ini->file_count; i++)
        mem_free(ini->files[i]);
    mem_free(ini->sections);
    mem_free(ini->files);
    *ini = (struct ini){0};
}

static struct ini_section *
find_section(const struct ini *ini, struct span name)
{
    for (size_t i = 0; i < ini->section_count; i++)
        if (span_eq(span_of(ini->sections[i].name), name))
            return &ini->sections[i];
    return NULL;
}

static struct ini_option **
find_option(const struct ini_section *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (span_eq(span_of(s->options[i]->name), name))
            return &s->options[i];
    return NULL;
}

static struct ini_section *
add_section(struct ini *ini, struct span name, const char *file, unsigned line)
{
    struct ini_section *s;

    /* Moves the sections: nobody keeps a pointer to one that is not the last. */
    ini->sections =
        mem_realloc(ini->sections, ini->section_count + 1, sizeof(*ini->sections));
    s = &ini->sections[ini->section_count++];
    *s = (struct ini_section){
        .name = mem_copy_text(name.ptr, name.len), .file = file, .line = line};
    return s;
}

static void
add_option(struct ini_section *s, struct ini_option *o)
{
    s->options = mem_realloc(s->options, s->count + 1, sizeof(struct ini_option *));
    s->options[s->count++] = o;
}

/* Ends the value that is being read: empty lines behind it do not count. */
static void
finish_option(struct parser *p)
{
    struct ini_option *o = p->option;

    p->option = NULL;
    if (!o)
        return;
    if (p->value.is_cut)
        conf_error(p->errors, p->file, o->lines[0],
                   "the value of `%s` is longer than %d bytes; shorten it", o->name,
                   INI_VALUE_MAX);
    while (o->line_count > 1 && p->value.len && p->value.ptr[p->value.len - 1] == '\n') {
        buf_truncate(&p->value, p->value.len - 1);
        o->line_count--;
    }
    o->value = mem_copy_text(p->value.ptr ? p->value.ptr : "", p->value.len);
}

static void
add_value_line(struct parser *p, struct span text)
{
    struct ini_option *o = p->option;

    if (o->line_count)
        buf_add_byte(&p->value, '\n');
    buf_add(&p->value, text);
    /* The size doubles whenever the count is a power of two. */
    if ((o->line_count & (o->line_count - 1)) == 0)
        o->lines = mem_realloc(o->lines, o->line_count ? 2 * o->line_count : 1,
                               sizeof(*o->lines));
    o->lines[o->line_count++] = p->line;
}

/* A head of a section as Python sees it: cut behind its last bracket, or empty. */
static struct span
python_head(struct span text)
{
    ptrdiff_t end = span_find_last(text, ']');

    return span_head(text, end >= 2 ? (size_t)end + 1 : 0);
}

static void
read_head(struct parser *p, struct span text)
{
    struct span name = span_head(span_from(text, 1), text.len - 2);

    if (p->ini->dialect == INI_PYTHON && span_eq(name, SPAN(INI_DEFAULT)) &&
        find_section(p->ini, name)) {
        p->section = find_section(p->ini, name);
        p->is_skipping = false;
        return;
    }
    p->is_skipping = true;
    if (text.len < 3 || text.ptr[text.len - 1] != ']' || name.len > INI_NAME_MAX) {
        conf_error(p->errors, p->file, p->line,
                   "this is no section; write [NAME], the name not longer than %d bytes",
                   INI_NAME_MAX);
        return;
    }
    if (find_section(p->ini, name)) {
        conf_error(p->errors, p->file, p->line,
                   "section [%.*s] stands twice in this file; join the two",
                   SPAN_FMT(name));
        return;
    }
    p->section = add_section(p->ini, name, p->file, p->line);
    p->is_skipping = false;
}

/* Splits at the first '=' or ':'. */
static bool
split_option(struct span text, struct span *key, struct span *value)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '=' || text.ptr[i] == ':') {
            *key = span_trim(span_head(text, i));
            *value = span_trim(span_from(text, i + 1));
            return key->len > 0;
        }
    return false;
}

static char *
copy_folded(struct span name)
{
    char *text = mem_copy_text(name.ptr, name.len);

    for (size_t i = 0; i < name.len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + ('a' - 'A'));
    return text;
}

/* Whether one more option may be read; that there are too many is said once. */
static bool
has_room(struct parser *p)
{
    if (p->ini->option_count < INI_OPTIONS_MAX)
        return true;
    if (!p->is_full)
        conf_error(p->errors, p->file, p->line,
                   "more than %d options in one file; split it", INI_OPTIONS_MAX);
    p->is_full = true;
    return false;
}

static void
read_option(struct parser *p, struct span text)
{
    struct span key, value;
    struct ini_option *o;
    char *name;

    p->is_dropping = true;
    if (!split_option(text, &key, &value) || key.len > INI_NAME_MAX) {
        conf_error(p->errors, p->file, p->line,
                   "this is neither a section nor an option; write NAME = VALUE, or "
                   "indent the line when it continues the value above");
        return;
    }
    if (!p->section) {
        conf_error(
            p->errors, p->file, p->line,
            "option `%.*s` stands before the first section; put [SECTION] above it",
            SPAN_FMT(key));
        return;
    }
    name = copy_folded(key);
    if (!has_room(p) || find_option(p->section, span_of(name))) {
        if (!p->is_full)
            conf_error(p->errors, p->file, p->line,
                       "option `%s` stands twice in section [%s]; keep one of them", name,
                       p->section->name);
        mem_free(name);
        return;
    }
    o = mem_zalloc(1, sizeof(*o));
    o->name = name;
    o->file = p->file;
    o->layer = 1;
    add_option(p->section, o);
    p->ini->option_count++;
    p->option = o;
    p->is_dropping = false;
    buf_clear(&p->value);
    add_value_line(p, value);
}

/* `line` without the comment in it. A comment begins with # or ; at the front, or with ;
 * behind a blank. `*has_comment` tells that there was one. */
static struct span
without_comment(struct span line, bool *has_comment)
{
    struct span text = span_trim(line);

    *has_comment = text.len && (text.ptr[0] == '#' || text.ptr[0] == ';');
    if (*has_comment)
        return (struct span){0};
    for (size_t i = 1; i < line.len; i++)
        if (line.ptr[i] == ';' && (line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t')) {
            *has_comment = true;
            return span_head(line, i);
        }
    return line;
}

static void
read_line(struct parser *p, struct span line)
{
    bool has_comment;
    struct span rest = without_comment(line, &has_comment), text = span_trim(rest);
    size_t indent = text.len ? (size_t)(text.ptr - line.ptr) : 0;

    if (text.len == 0) {
        if (!has_comment && p->option)
            add_value_line(p, text);
        return;
    }
    if ((p->option || p->is_dropping) && indent > p->key_indent) {
        if (p->option)
            add_value_line(p, text);
        return;
    }
    finish_option(p);
    p->is_dropping = false;
    p->key_indent = indent;
    if (text.ptr[0] == '[' && p->ini->dialect == INI_OURS)
        read_head(p, text);
    else if (text.ptr[0] == '[' && python_head(text).len)
        read_head(p, python_head(text));
    else if (!p->is_skipping)
        read_option(p, text);
}

void
ini_parse(struct ini *out, struct span text, const char *file, struct conf_errors *e)
{
    struct parser p = {.ini = out, .errors = e, .value = buf_bounded(INI_VALUE_MAX)};
    struct span line;

    out->files = mem_zalloc(1, sizeof(char *));
    out->files[0] = mem_copy_text(file, strlen(file));
    out->file_count = 1;
    p.file = out->files[0];
    if (text.len > INI_FILE_MAX) {
        conf_error(e, file, 0, "the file is larger than %d bytes; split it",
                   INI_FILE_MAX);
        return;
    }
    if (span_find_byte(text, '\0') >= 0) {
        conf_error(e, file, 0, "the file holds a NUL byte; it must be text");
        return;
    }
    (void)span_take(&text, SPAN("\xEF\xBB\xBF")); /* some editors put the mark there */
    while (span_line(&text, &line)) {
        p.line++;
        read_line(&p, line);
    }
    finish_option(&p);
    buf_fini(&p.value);
}

static void
move_section(struct ini *all, struct ini_section *from, unsigned layer)
{
    struct ini_section *to = find_section(all, span_of(from->name));
    struct ini_option **old;

    if (!to)
        to = add_section(all, span_of(from->name), from->file, from->line);
    for (size_t i = 0; i < from->count; i++) {
        from->options[i]->layer = layer;
        old = find_option(to, span_of(from->options[i]->name));
        if (!old) {
            add_option(to, from->options[i]);
            continue;
        }
        from->options[i]->before = *old;
        *old = from->options[i];
    }
    from->count = 0;
}

void
ini_append(struct ini *all, struct ini *one, struct conf_errors *e)
{
    unsigned layer = (unsigned)all->file_count + 1;

    must(one->file_count == 1);
    all->option_count += one->option_count;
    if (all->option_count > INI_OPTIONS_MAX) {
        conf_error(e, one->files[0], 0, "more than %d options with this file; use fewer",
                   INI_OPTIONS_MAX);
        all->option_count -= one->option_count;
        return;
    }
    all->files = mem_realloc(all->files, all->file_count + 1, sizeof(char *));
    all->files[all->file_count++] = one->files[0];
    one->file_count = 0;
    for (size_t i = 0; i < one->section_count; i++)
        if (!span_eq(span_of(one->sections[i].name), SPAN(INI_INCLUDES)))
            move_section(all, &one->sections[i], layer);
}

const struct ini_section *
ini_section(const struct ini *ini, struct span name)
{
    return find_section(ini, name);
}

const struct ini_option *
ini_own(const struct ini *ini, struct span section, struct span name, unsigned below)
{
    const struct ini_section *s = find_section(ini, section);
    struct ini_option **found = s ? find_option(s, name) : NULL;
    const struct ini_option *o = found ? *found : NULL;

    while (o && below && o->layer >= below)
        o = o->before;
    return o;
}

const struct ini_option *
ini_get(const struct ini *ini, struct span section, struct span name, unsigned below)
{
    const struct ini_option *o = ini_own(ini, section, name, below);

    return o ? o : ini_own(ini, SPAN(INI_DEFAULT), name, below);
}
