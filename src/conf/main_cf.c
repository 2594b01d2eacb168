#include "conf/main_cf.h"

#include "conf/layers.h"

enum { MAIN_CF_MAX = 1 << 20 };

bool
main_cf_network(struct span word, struct addr *out)
{
    char plain[ADDR_TEXT_MAX];
    size_t n = 0;

    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '[' || word.ptr[i] == ']')
            continue;
        if (n == sizeof(plain))
            return false;
        plain[n++] = word.ptr[i];
    }
    return addr_parse_prefix((struct span){plain, n}, out);
}

/* Appends the value of the parameter, of the last line that has it; comments within it
 * are left out. */
static void
find_value(struct span text, struct span name, struct buf *value)
{
    struct span line, key, rest;
    bool is_ours = false;

    while (span_line(&text, &line)) {
        struct span bare = span_trim(line);

        if (bare.len == 0 || bare.ptr[0] == '#')
            continue;
        if (line.ptr[0] != ' ' && line.ptr[0] != '\t') {
            is_ours =
                span_cut(line, SPAN("="), &key, &rest) && span_eq(span_trim(key), name);
            if (!is_ours)
                continue;
            buf_clear(value);
            bare = rest;
        }
        if (is_ours) {
            buf_add_byte(value, ' ');
            buf_add(value, bare);
        }
    }
}

void
main_cf_read_mynetworks(struct span text, struct buf *out)
{
    struct buf value = {0};
    struct span rest, word;
    size_t before = out->len;
    struct addr a;

    find_value(text, SPAN("mynetworks"), &value);
    rest = buf_span(&value);
    while (span_word(&rest, &word))
        if (main_cf_network(word, &a)) {
            buf_add_byte(out, ' ');
            buf_add(out, word);
        }
    if (out->len == before)
        buf_add_text(out, " 127.0.0.0/8 ::1");
    buf_fini(&value);
}

void
main_cf_mynetworks(const char *path, struct buf *out)
{
    struct buf text = {.limit = MAIN_CF_MAX};

    /* Without it there is no Postfix here, or not for us to read: the loopback. */
    if (layers_read_file(path, MAIN_CF_MAX, &text) != 0)
        buf_clear(&text);
    main_cf_read_mynetworks(buf_span(&text), out);
    buf_fini(&text);
}
