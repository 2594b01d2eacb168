#include "unit.h"

#include "base/mem.h"
#include "compat/words.h"

enum { ROOM = 4 };

/* What Python 3.11's shlex.split() makes of the lines; words are joined by |. */
static const struct {
    const char *line, *words, *why;
} lines[] = {
    {"", "", NULL},
    {" \t\r\n", "", NULL},
    {"ping", "ping", NULL},
    {"  set  sshd\tbanip 192.0.2.1\n", "set|sshd|banip|192.0.2.1", NULL},
    {"get '' \"\"", "get||", NULL},
    {"a'b c'\"d e\"f", "ab cd ef", NULL},
    {"\"^\\d+ <HOST>\\\"\\\\\"", "^\\d+ <HOST>\"\\", NULL},
    {"'^\\d \"x\"'", "^\\d \"x\"", NULL},
    {"^\\\\d\\ \\'", "^\\d '", NULL},
    {"a # b", "a|#|b", NULL},
    {"\xc3\xbc '\xff'", "\xc3\xbc|\xff", NULL},
    {"$(x) `y` ;z", "$(x)|`y`|;z", NULL},
    {"echo \"a", NULL, "No closing quotation"},
    {"echo it's", NULL, "No closing quotation"},
    {"echo '\\", NULL, "No closing quotation"},
    {"echo \\", NULL, "No escaped character"},
    {"echo \"\\", NULL, "No escaped character"},
    {"1 2 3 4", "1|2|3|4", NULL},
    {"1 2 3 4 5", NULL, "too many words"},
};

static void
splits(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char *line = mem_copy_text(lines[i].line, strlen(lines[i].line));
        const char *words[ROOM], *why = NULL;
        struct buf joined = {0};
        size_t count;

        if (words_split(line, words, ROOM, &count, &why)) {
            for (size_t n = 0; n < count; n++)
                buf_printf(&joined, "%s%s", n ? "|" : "", words[n]);
            assert_non_null(lines[i].words);
            assert_string_equal(joined.ptr ? joined.ptr : "", lines[i].words);
        } else {
            assert_non_null(lines[i].why);
            assert_string_equal(why, lines[i].why);
        }
        buf_fini(&joined);
        mem_free(line);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {TEST(splits)};

    return RUN(tests);
}
