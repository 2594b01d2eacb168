/* What Postfix 3.7 says of the same tables (postmap -q, and sessions) stands in the
 * tables of cases. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/access.h"

static struct access_map *
map_of(const char *type, const char *text)
{
    struct access_map *map = NULL;
    struct buf why = {0};

    access_map_new(&map, type);
    if (!access_map_read(map, span_of(text), &why))
        fail_msg("%s", why.ptr);
    return map;
}

static void
shown(struct gate_answer *a, char out[GATE_ANSWER_MAX])
{
    size_t n = gate_answer_write(a, out);

    out[n - 2] = '\0';
}

struct look {
    char how; /* m: a mail address, h: a host, c: NAME ADDRESS of a client */
    const char *key, *action;
};

static void
look_all(struct access_map *map, const struct look *looks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct span key = span_of(looks[i].key), name = key, address = {0};
        struct gate_answer a;
        char line[GATE_ANSWER_MAX] = "action=";
        bool is_found = false;

        if (looks[i].how == 'm')
            is_found = access_look_mail(map, key, &a);
        else if (looks[i].how == 'h')
            is_found = access_look_host(map, key, &a);
        else if (span_cut(key, SPAN(" "), &name, &address))
            is_found = access_look_client(map, name, address, &a);
        if (is_found)
            shown(&a, line);
        if (strcmp(line + 7, looks[i].action) != 0)
            fail_msg("%c %s: %s, not %s", looks[i].how, looks[i].key, line + 7,
                     looks[i].action);
    }
}

static void
test_indexed(void **state)
{
    static const struct look looks[] = {
        {'m', "a@example.org", "REJECT one"},
        {'m', "A@EXAMPLE.ORG", "REJECT one"},
        {'m', "a+x@example.org", "REJECT one"},
        {'m', "b@example.org", "DUNNO continued"},
        {'m', "b@sub.example.org", "DUNNO continued"},
        {'m', "b@deep.sub.example.com", "450 dotted"},
        {'m', "b@example.com", ""},
        {'m', "info@example.net", "REJECT any info"},
        {'m', "info+tag@example.net", "HOLD tagged"},
        {'m', "info+no@example.net", "REJECT any info"},
        {'m', "", "REJECT null"},
        {'m', "local", "REJECT local"},
        {'m', "local+x", "REJECT local"},
        {'m', "@example.org", "DUNNO continued"},
        {'m', "x@bad.example", "REJECT 100%"},
        {'h', "example.org.", "DUNNO continued"},
        {'h', "", ""},
        {'c', "unknown 192.0.2.7", "REJECT net"},
        {'c', "unknown 192.0.3.7", ""},
        {'c', "unknown 198.7.3.2", "DISCARD"},
        {'c', "mx.example.org 192.0.2.7", "DUNNO continued"},
        {'c', "unknown 2001:db8::1", "DEFER six"},
        {'c', "unknown 2001:db8:0:1::1", "DEFER six"},
        {'c', "unknown 2001:db8:7:1::1", "DEFER_IF_PERMIT seven"},
        {'c', "unknown ::1", ""},
        {'m', "n@number.example", "OK"},
    };
    struct access_map *map = map_of("texthash:/x", "a@example.org REJECT one\r\n"
                                                   "A@example.org REJECT two\n"
                                                   "  # a comment\n"
                                                   "example.org DUNNO\n"
                                                   "# and one between\n"
                                                   "  continued\n"
                                                   "\n"
                                                   ".example.com\t450 dotted\n"
                                                   "info@ REJECT any info\n"
                                                   "info+tag@ HOLD tagged\n"
                                                   "<> REJECT null\n"
                                                   "local REJECT local\n"
                                                   "bad.example reject 100%\n"
                                                   "192.0.2 REJECT net\n"
                                                   "198 DISCARD\n"
                                                   "2001:db8 DEFER six\n"
                                                   "2001:db8:7 DEFER_IF_PERMIT seven\n"
                                                   "number.example 17000000\n");

    (void)state;
    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
}

/* Without `if` and `!` they are looked up; still the first that fits counts. */
static void
test_networks(void **state UNUSED)
{
    static const struct look looks[] = {
        {'c', "x 192.0.2.7", "REJECT wide"},        {'c', "x 192.0.2.200", "REJECT wide"},
        {'c', "x 198.51.100.7", "REJECT seven"},    {'c', "x 198.51.100.8", "DEFER net"},
        {'c', "x 203.0.113.1", "HOLD all"},         {'c', "x 2001:db8::1", "REJECT one"},
        {'c', "x 2001:db8::2", "REJECT six"},       {'c', "x 2001:db9::2", ""},
        {'c', "x ::ffff:192.0.2.9", "REJECT wide"},
    };
    struct access_map *map = map_of("cidr:/x", "192.0.2.0/24 REJECT wide\n"
                                               "192.0.2.7 REJECT never\n"
                                               "198.51.100.7 REJECT seven\n"
                                               "198.51.100.7/32 REJECT again\n"
                                               "198.51.100.0/24 DEFER net\n"
                                               "0.0.0.0/0 HOLD all\n"
                                               "2001:db8::1 REJECT one\n"
                                               "2001:db8::/32 REJECT six\n");

    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
    map = map_of("cidr:/x", "# nothing\n");
    look_all(map, (const struct look[]){{'c', "x 192.0.2.7", ""}}, 1);
    access_map_free(map);
}

static void
test_cidr(void **state)
{
    static const struct look looks[] = {
        {'c', "mx.example.org 192.0.2.7", "REJECT seven"},
        {'c', "mx.example.org 192.0.2.8", "REJECT net"},
        {'c', "mx.example.org 192.0.2.200", "DEFER high"},
        {'c', "x 198.51.100.1", "REJECT inner"},
        {'c', "x 198.51.100.2", "REJECT not one"},
        {'c', "x 2001:db8::5", "REJECT six"},
        {'c', "x 2001:db9::5", "REJECT 6 $1"},
        {'c', "x 2002::5", ""},
        {'c', "x 2002::6", ""}, /* a negated one is of its family, too */
        {'c', "x 200.0.0.1", "DEFER upper half"},
        {'c', "203.0.113.9 x", "REJECT in the name"},
        {'m', "203.0.113.9", "REJECT in the name"},
    };
    struct access_map *map = map_of("cidr:/x", "192.0.2.7 REJECT seven\n"
                                               "if 192.0.2.0/24\n"
                                               "if !192.0.2.0/25\n"
                                               "0.0.0.0/0 DEFER high\n"
                                               "endif\n"
                                               "192.0.2.0/24 REJECT net\n"
                                               "endif\n"
                                               "IF 198.51.100.0/24\n"
                                               "!198.51.100.1/32 REJECT not one\n"
                                               "198.51.100.1 REJECT inner\n"
                                               "ENDIF\n"
                                               "203.0.113.9 REJECT in the name\n"
                                               "[2001:db8::]/32 REJECT six\n"
                                               "[2001:db9::5] REJECT 6 $1\n"
                                               "!0.0.0.0/1 DEFER upper half\n");

    (void)state;
    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
}

static void
test_expressions(void **state)
{
    static const struct look looks[] = {
        {'m', "Abc.x@example.org", "REJECT b Ax $ byAb"},
        {'m', "q@example.org", "REJECT not a"},
        {'m', "ax@example.org", "DUNNO"},
        {'m', "back\\slash@example.org", "REJECT odd"},
        {'m', "aword@example.org", "REJECT word"},
        {'m', "awords@example.org", ""},
    };
    struct access_map *map =
        map_of("regexp:/x", "/^(A)(b)c\\.x@/ REJECT $2 ${1}x $$ $(2)y$1${2}\n"
                            "|[\\]slash@| REJECT odd\n"
                            "if /^a/\n"
                            "/x@/ DUNNO\n"
                            "/\\<aword\\>/ REJECT word\n"
                            "endif\n"
                            "!/^a/ REJECT not a\n");

    (void)state;
    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
}

static void
test_pcre(void **state)
{
    static const struct look looks[] = {
        {'m', "ABC@example.org", ""},
        {'m', "abc@example.org", "REJECT case"},
        {'m', "free@example.org", "REJECT free"},
        {'m', "one7@example.org", "REJECT seven7"},
        {'m', "an@tied", "REJECT tied"},
        {'m', "and@untied", ""},
    };
    struct access_map *map =
        map_of("pcre:/x", "/^abc@/i REJECT case\n"
                          "/^fr e e@ # blanks mean nothing/x REJECT free\n"
                          "/(?<n>\\d)@/ REJECT seven$1\n"
                          "/n@(?=t)/A REJECT never\n"
                          "/an@t(?:i)e(d+)/UE REJECT tied\n");

    (void)state;
    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
}

static void
test_what_is_refused(void **state)
{
    static const struct {
        const char *type, *text, *what;
    } cases[] = {
        {"texthash:/x", "\na REJECT\n\n  \n b\nlonely\n", "/x:6: nothing stands behind"},
        {"hash:/x", "a permit_mynetworks", "/x:1: `permit_mynetworks` is no action"},
        {"hash:/x", "a my_class", "no class of restriction_classes"},
        {"hash:/x", "a PREPEND", "lacks what the action wants"},
        {"cidr:/x", "192.0.2.1/24 OK", "/x:1: no address"},
        {"cidr:/x", "#\nexample.org OK", "/x:2: no address"},
        {"cidr:/x", "192.0.2.1", "nothing stands behind"},
        {"cidr:/x", "if 192.0.2.1\n", "has no `endif`"},
        {"cidr:/x", "endif\n", "without an `if`"},
        {"regexp:/x", "abc OK", "no expression"},
        {"regexp:/x", "/abc OK", "does not end"},
        {"regexp:/x", "/abc/x OK", "flag is not known"},
        {"regexp:/x", "/a(/ OK", "at byte"},
        {"regexp:/x", "/a/", "nothing stands behind"},
        {"regexp:/x", "/a/ REJECT $1", "has no such group"},
        {"regexp:/x", "!/(a)/ REJECT $1", "must not fit has no groups"},
        {"regexp:/x", "/(a)/ REJECT $", "a dollar stands alone"},
        {"regexp:/x", "/(a)/ REJECT ${1", "a dollar stands alone"},
        {"regexp:/x", "/(a)/ $1 text", "must not come from what fits"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct access_map *map = NULL;
        struct buf why = {0};

        access_map_new(&map, cases[i].type);
        assert_false(access_map_read(map, span_of(cases[i].text), &why));
        if (!strstr(why.ptr, cases[i].what))
            fail_msg("%s: said %s", cases[i].text, why.ptr);
        buf_fini(&why);
        access_map_free(map);
    }
}

static void
test_braces(void **state)
{
    static const struct look looks[] = {{'m', "a@example.org", "DUNNO"},
                                        {'m', "b@example.org", "REJECT no, no"},
                                        {'m', "c@example.org", "450"},
                                        {'m', "d@example.org", ""}};
    static const struct look cidr[] = {{'c', "x 192.0.2.1", "REJECT one"},
                                       {'c', "x 192.0.2.2", "DEFER"}};
    struct access_map *map = NULL;
    struct buf why = {0};

    (void)state;
    access_map_new(&map, "inline:{a@example.org=DUNNO, {b@example.org = REJECT no, no}\n"
                         " c@example.org=450}");
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_LOADED);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_SAME);
    assert_int_equal(access_map_count(map), 3);
    look_all(map, looks, ARRAY_LEN(looks));
    access_map_free(map);
    access_map_new(&map, "cidr:{{192.0.2.1 REJECT one} { 192.0.2.0/24 DEFER }}");
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_LOADED);
    look_all(map, cidr, ARRAY_LEN(cidr));
    access_map_free(map);
    access_map_new(&map, "cidr:{192.0.2.1 REJECT}");
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_BAD);
    assert_non_null(strstr(why.ptr, "braces do not fit"));
    access_map_free(map);
    buf_fini(&why);
}

static void
write_file(const char *path, const char *text, int64_t age_s)
{
    FILE *f = fopen(path, "w");
    struct timespec times[2] = {{.tv_sec = 1700000000 - age_s},
                                {.tv_sec = 1700000000 - age_s}};

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
test_changes(void **state)
{
    static const struct look old[] = {{'m', "a", "REJECT one"}};
    static const struct look new[] = {{'m', "a", "REJECT two"}};
    char path[] = "/tmp/komainu-access-XXXXXX", table[64];
    struct access_map *map = NULL;
    struct buf why = {0};

    (void)state;
    assert_true(close(mkstemp(path)) == 0);
    write_file(path, "a REJECT one\n", 10);
    (void)snprintf(table, sizeof(table), "hash:%s", path);
    access_map_new(&map, table);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_LOADED);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_SAME);
    look_all(map, old, 1);
    write_file(path, "a REJECT two\nb\n", 9);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_BAD);
    assert_non_null(strstr(why.ptr, ":2: nothing stands behind"));
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_SAME);
    look_all(map, old, 1);
    write_file(path, "a REJECT two\n", 8);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_LOADED);
    look_all(map, new, 1);
    assert_int_equal(unlink(path), 0);
    buf_clear(&why);
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_BAD);
    assert_non_null(strstr(why.ptr, "cannot be read"));
    assert_int_equal(access_map_refresh(map, &why), ACCESS_MAP_SAME);
    look_all(map, new, 1);
    buf_fini(&why);
    access_map_free(map);
}

/* Nested quantifiers over a long key end at the limits, and fit nothing. */
static void
test_limits(void **state)
{
    struct access_map *map = map_of("pcre:/x", "/^(a+)+$/ REJECT\n/^a/ DUNNO\n");
    static const struct look looks[] = {
        {'m', "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "DUNNO"}};

    (void)state;
    look_all(map, looks, 1);
    access_map_free(map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_indexed),     TEST(test_cidr),    TEST(test_networks),
        TEST(test_expressions), TEST(test_pcre),    TEST(test_what_is_refused),
        TEST(test_braces),      TEST(test_changes), TEST(test_limits)};

    return RUN(tests);
}
