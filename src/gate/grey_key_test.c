#include "base/ascii.h"
#include "gate/grey_key.h"
#include "unit.h"

static const struct row {
    const char *sender;
    const char *is;    /* as postgrey knows it */
    const char *token; /* with has_tokens; NULL: the same */
} rows[] = {
    {"anna@example.org", "anna@example.org", NULL},
    {"", "", NULL},
    {"anna", "anna", NULL},
    {"anna+12@", "anna@", NULL},
    {"@example.org", "@example.org", NULL},
    {"12345", "12345", NULL},
    {"list+anna=example.net@example.org", "list@example.org", NULL},
    {"+x@example.org", "@example.org", NULL},
    {"bounce-123@example.org", "bounce-#@example.org", NULL},
    {"bounce-z12@example.org", "bounce-z12@example.org", NULL},
    {"b_12-3.4=5@example.org", "b_12-#.#=#@example.org", NULL},
    {"007@example.org", "#@example.org", NULL},
    {"a@b@example.org", "a@b@example.org", NULL},
    {"1@2@example.org", "#@2@example.org", NULL},
    {"prvs=0123456789=anna@example.org", "anna@example.org", NULL},
    {"prvs=anna=0123456789@example.org", "anna@example.org", NULL},
    {"prvs=abcdefghij=klmnopqrst@example.org", "klmnopqrst@example.org", NULL},
    {"prvs=abcd=efgh@example.org", "efgh@example.org", NULL},
    {"prvs=1234=99@example.org", "#@example.org", NULL},
    {"PRVS=0123456789=anna@example.org", "PRVS=#=anna@example.org", NULL},
    {"prvs=0123456789=anna=b@example.org", "prvs=#=anna=b@example.org", NULL},
    {"prvs=0123456789=@example.org", "prvs=#=@example.org", NULL},
    {"prvs=012345678a=anna==@example.org", "anna@example.org", NULL},
    {"prvs==anna@example.org", "anna@example.org", NULL},
    {"prvs=@example.org", "prvs=@example.org", NULL},
    {"SRS0=Ab1d=Q7=example.net=anna@example.org",
     "SRS0=Ab1d=Q7=example.net=anna@example.org",
     "SRS0=#=#=example.net=anna@example.org"},
    {"srs0-Ab1d=Q7=example.net=an=na@example.org",
     "srs0-Ab1d=Q7=example.net=an=na@example.org",
     "srs0-#=#=example.net=an=na@example.org"},
    {"SRS1=Zz9x=one.example==Ab1d=Q7=example.net=anna@example.org",
     "SRS1=Zz9x=one.example==Ab1d=Q7=example.net=anna@example.org",
     "SRS1=#=one.example==#=#=example.net=anna@example.org"},
    {"SRS0=Ab1d=anna@example.org", "SRS0=Ab1d=anna@example.org", NULL},
    {"b-0a1b2c3d@example.org", "b-0a1b2c3d@example.org", "b-#@example.org"},
    {"deadbeef@example.org", "deadbeef@example.org", NULL},
    {"b.0a1b2c3d-4e5f-abcd-9a8b-0123456789ab@example.org",
     "b.0a1b2c3d-4e5f-abcd-9a8b-0123456789ab@example.org", "b.#-#-#-#-#@example.org"},
    {"m.orsxg5a2kj3gk4ud@example.org", "m.orsxg5a2kj3gk4ud@example.org",
     "m.#@example.org"},
    {"internationalization@example.org", "internationalization@example.org", NULL},
    {"team2024@example.org", "team2024@example.org", NULL},
    {"Team+2024", "Team+2024", NULL},
    {"a1b2c3d@example.org", "a1b2c3d@example.org", NULL},
    {"abcdef12.x@example.org", "abcdef12.x@example.org", "#.x@example.org"},
    {"x.12.y@example.org", "x.#.y@example.org", NULL},
    {"x.12@example.org", "x.#@example.org", NULL},
};

static void
test_sender(void **state UNUSED)
{
    struct buf b = {0}, t = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&b);
        buf_clear(&t);
        grey_sender(&b, span_of(rows[i].sender));
        assert_span(buf_span(&b), rows[i].is);
        grey_sender_tokens(&t, buf_span(&b));
        assert_span(buf_span(&t), rows[i].token ? rows[i].token : rows[i].is);
        buf_clear(&b); /* twice is once */
        grey_sender_tokens(&b, buf_span(&t));
        assert_span(buf_span(&b), rows[i].token ? rows[i].token : rows[i].is);
    }
    buf_fini(&b);
    buf_fini(&t);
}

/* What is looked at in one pass comes to the same. */
static void
test_mail(void **state UNUSED)
{
    struct buf mail = {0}, part = {0}, scratch = {0};

    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i / 2];

        buf_clear(&part);
        buf_add_byte(&part, '/');
        buf_add_text(&part, i % 2 && row->token ? row->token : row->is);
        buf_add_text(&part, "/bob@example.net");
        ascii_lower_all(part.ptr, part.len);
        buf_clear(&mail);
        grey_mail(&mail, span_of(row->sender), SPAN("Bob@Example.net"), i % 2, &scratch);
        assert_span(buf_span(&mail), part.ptr);
    }
    buf_fini(&mail);
    buf_fini(&part);
    buf_fini(&scratch);
}

static const struct net_row {
    const char *client;
    bool is_by_host;
    const char *net;
} nets[] = {
    {"192.0.2.77", false, "192.0.2.0"},
    {"192.0.2.77", true, "192.0.2.77/32"},
    {"2001:db8::1:2:3:4", false, "2001:db8:0:0:0:0:0:0"},
    {"2001:DB8:0:a::1", false, "2001:db8:0:a:0:0:0:0"},
    {"2001:db8::4", true, "2001:db8:0:0:0:0:0:4/128"},
    {"::ffff:192.0.2.77", false, "192.0.2.0"},
};

static void
test_net(void **state UNUSED)
{
    struct buf b = {0};
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
        struct grey_key_options o = {nets[i].is_by_host, 24, 64, false};

        buf_clear(&b);
        assert_true(addr_parse(span_of(nets[i].client), &a));
        grey_net(&b, &a, &o);
        assert_span(buf_span(&b), nets[i].net);
    }
    buf_fini(&b);
}

static const struct cut_row {
    const char *text, *client, *sender, *recipient; /* no client: none */
} cuts[] = {
    {"192.0.2.0/a@example.org/b@example.net", "192.0.2.0", "a@example.org",
     "b@example.net"},
    {"192.0.2.7/32/a@example.org/b@example.net", "192.0.2.7/32", "a@example.org",
     "b@example.net"},
    {"2001:db8:0:0:0:0:0:7/128//b@example.net", "2001:db8:0:0:0:0:0:7/128", "",
     "b@example.net"},
    {"192.0.2.0//b@example.net", "192.0.2.0", "", "b@example.net"},
    {"192.0.2.0/a/c@example.org/b/d@example.net", "192.0.2.0", "a/c@example.org",
     "b/d@example.net"},
    {"192.0.2.0/anna/b@example.net", "192.0.2.0", "anna", "b@example.net"},
    {"192.0.2.0/anna/postmaster", "192.0.2.0", "anna", "postmaster"},
    {"0123456789abcdef0123456789abcdef01234567", NULL, NULL, NULL},
    {"192.0.2.0/anna", NULL, NULL, NULL},
    {"192.0.2.7/32/", NULL, NULL, NULL},
    {"192.0.2.0/anna/", "192.0.2.0", "anna", ""},
    {"", NULL, NULL, NULL},
};

static void
test_cut(void **state UNUSED)
{
    struct span c, s, r;

    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        assert_int_equal(grey_triplet_cut(span_of(cuts[i].text), &c, &s, &r),
                         cuts[i].client != NULL);
        if (!cuts[i].client)
            continue;
        assert_span(c, cuts[i].client);
        assert_span(s, cuts[i].sender);
        assert_span(r, cuts[i].recipient);
    }
}

static void
test_triplet(void **state UNUSED)
{
    struct grey_secret one = grey_secret_new(), other = grey_secret_new();
    struct buf b = {0}, mail = {0}, scratch = {0};
    struct grey_key k, l;

    grey_mail(&mail, SPAN("SRS0=Ab1d=Q7=example.net=Anna@Example.ORG"),
              SPAN("Bob+x@Example.NET"), true, &scratch);
    grey_triplet(&b, SPAN("192.0.2.0"), buf_span(&mail));
    assert_span(buf_span(&b),
                "192.0.2.0/srs0=#=#=example.net=anna@example.org/bob+x@example.net");
    k = grey_key_of(&one, 't', buf_span(&b));
    l = grey_key_of(&one, 't', buf_span(&b));
    assert_memory_equal(&k, &l, sizeof(k));
    l = grey_key_of(&one, 'c', buf_span(&b));
    assert_memory_not_equal(&k, &l, sizeof(k));
    l = grey_key_of(&other, 't', buf_span(&b));
    assert_memory_not_equal(&k, &l, sizeof(k));
    buf_fini(&b);
    buf_fini(&mail);
    buf_fini(&scratch);
}

static const struct pool_row {
    const char *host, *pool;
} pools[] = {
    {"mail-1.out.example.com", "example.com"},
    {"example.com", "example.com"},
    {"mx.example.co.uk", "example.co.uk"},
    {"a.b.example.com.br.", "example.com.br"},
    {"mx.example.de", "example.de"},
    {"mx.abc.de", "mx.abc.de"},
    {"abc.de", "abc.de"},
    {"unknown", ""},
    {"", ""},
    {"not a name", ""},
    {"192.0.2.1", ""},
};

static void
test_pool(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(pools); i++)
        assert_span(grey_pool_name(span_of(pools[i].host)), pools[i].pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sender),  TEST(test_mail),
                                       TEST(test_net),     TEST(test_cut),
                                       TEST(test_triplet), TEST(test_pool)};

    return RUN(tests);
}
