#include "unit.h"

#include <errno.h>

#include "conf/config_print.h"
#include "conf/config_wire.h"
#include "conf/load.h"

/* The packets that a sender was given, one behind the other. */
struct tape {
    struct buf bytes;
    size_t ends[64];
    size_t count;
    int error; /* answered to every packet */
};

static int
record(void *ctx, struct span packet)
{
    struct tape *t = ctx;

    assert_true(packet.len <= WIRE_PACKET_MAX);
    assert_true(t->count < ARRAY_LEN(t->ends));
    buf_add(&t->bytes, packet);
    t->ends[t->count++] = t->bytes.len;
    return t->error;
}

/* Takes all frames; the outcome of the last. */
static enum config_taken
play(const struct tape *t, struct config *out)
{
    enum config_taken taken = CONFIG_REFUSED;
    struct wire_frame f;
    size_t start = 0;

    for (size_t i = 0; i < t->count; i++) {
        struct span packet = {t->bytes.ptr + start, t->ends[i] - start};

        while (wire_next(&packet, WIRE_TO_ROLE, &f) == WIRE_FRAME) {
            taken = config_take(out, &f);
            if (taken != CONFIG_TAKEN)
                return taken;
        }
        assert_int_equal(packet.len, 0);
        start = t->ends[i];
    }
    return taken;
}

/* A configuration with some of everything, large enough for several packets. */
static struct config
some_config(void)
{
    struct buf jail = {0}, errors = {0};
    struct conf_builtin builtins[] = {
        {"komainu.conf",
         "[komainu]\nallow = 192.0.2.0/24 ::1\nguarded-ports = 25,80:90\n"
         "max-bantime = 1d\nproviders = example.org _spf.example.net EXAMPLE.org\n"
         "report-store = yes\nreport-days = 7\nreport-logs = /l/1 /l\n",
         73},
        {"jail.conf", NULL, 0},
        {"filter.d/f.conf",
         "[Definition]\n_daemon = x\nprefregex = ^a\nfailregex = ^b\neventregex.flood = "
         "^c\n"
         "ignoreregex = c\n",
         92},
        {0},
    };
    struct config_request r = {.builtins = builtins};
    struct config c = {0};

    builtins[0].len = strlen(builtins[0].text);
    builtins[2].len = strlen(builtins[2].text);
    for (int i = 0; i < 5; i++) {
        buf_printf(
            &jail,
            "[j%d]\nenabled = yes\nfilter = f[x=%d]\nport = %d,587\nblocktype = "
            "%s\nlogpath = /l\n"
            " /l/%d\n /t tail\n syslog-udp://192.0.2.1:514\n"
            " syslog-tcp://[2001:db8::1]:514\nsenders = 192.0.2.0/24, "
            "2001:db8::5\nbantime = -1\nobserve = yes\nignoreip = 10.0.0.%d "
            "2001:db8::/%d n%d.example.org\n"
            "bantime.increment = yes\nbantime.factor = 2 * %d + 1\nbantime.maxtime = 4w\n"
            "usedns = warn\nbantime.rndtime = 30m\nbantime.multipliers = %s\n"
            "failregex = ",
            i, i, i + 1, i % 2 ? "reject" : "drop", i, i, i + 30, i, i,
            i % 2 ? "1 2 40" : "");
        for (int k = 0; k < 8000; k++)
            buf_add_byte(&jail, 'x');
        buf_add_text(&jail, "\n  ");
        for (int k = 0; k < 8000; k++)
            buf_add_byte(&jail, 'y');
        buf_add_byte(&jail, '\n');
    }
    buf_add_text(
        &jail, "[gang]\nenabled = auto\nevents = auth_fail banned flood\nper = /24 /64\n"
               "distinct = address\nmindistinct = 4\nmaxretry = 12\napart = 1m\n"
               "verdict = alert\nforgive = no\n");
    builtins[1] = (struct conf_builtin){"jail.conf", jail.ptr, jail.len};
    if (config_load(&r, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    buf_fini(&jail);
    return c;
}

static void
test_round_trip(void **state UNUSED)
{
    struct config c = some_config(), again = {0};
    struct buf sent = {0}, taken = {0};
    struct tape t = {0};

    assert_int_equal(config_send(&c, record, &t), 0);
    assert_true(t.count > 2);
    assert_int_equal(play(&t, &again), CONFIG_DONE);
    config_print_json(&c, &sent);
    config_print_json(&again, &taken);
    assert_string_equal(sent.ptr, taken.ptr);
    buf_clear(&sent);
    buf_clear(&taken);
    config_print(&c, &sent);
    config_print(&again, &taken);
    assert_string_equal(sent.ptr, taken.ptr);
    assert_memory_equal(c.scopes, again.scopes, sizeof(c.scopes));
    buf_fini(&sent);
    buf_fini(&taken);
    buf_fini(&t.bytes);
    config_fini(&c);
    config_fini(&again);
}

/* The first error of the sender ends it. */
static void
test_sender_fails(void **state UNUSED)
{
    struct config c = some_config();
    struct tape t = {.error = -EPIPE};

    assert_int_equal(config_send(&c, record, &t), -EPIPE);
    assert_int_equal(t.count, 1);
    buf_fini(&t.bytes);
    config_fini(&c);
}

/* A frame whose fields are cut anywhere, or are followed by one byte, is refused. */
static void
test_every_truncation(void **state UNUSED)
{
    struct config c = some_config(), again = {0};
    struct tape t = {0};
    size_t start = 0;
    char longer[WIRE_PACKET_MAX];

    assert_int_equal(config_send(&c, record, &t), 0);
    for (size_t i = 0; i < t.count; i++) {
        struct span packet = {t.bytes.ptr + start, t.ends[i] - start};
        struct wire_frame f, cut;

        while (wire_next(&packet, WIRE_TO_ROLE, &f) == WIRE_FRAME) {
            for (size_t n = 0; n < f.fields.len; n++) {
                cut = (struct wire_frame){f.type, span_head(f.fields, n)};
                assert_int_equal(config_take(&again, &cut), CONFIG_REFUSED);
            }
            memcpy(longer, f.fields.ptr, f.fields.len);
            longer[f.fields.len] = 0;
            cut = (struct wire_frame){f.type, {longer, f.fields.len + 1}};
            assert_int_equal(config_take(&again, &cut), CONFIG_REFUSED);
            assert_int_not_equal(config_take(&again, &f), CONFIG_REFUSED);
        }
        start = t.ends[i];
    }
    buf_fini(&t.bytes);
    config_fini(&c);
    config_fini(&again);
}

/* Takes the one frame of `packet`. */
static enum config_taken
take(struct config *c, struct buf *packet)
{
    struct span rest = buf_span(packet);
    struct wire_frame f;
    enum config_taken taken;

    assert_int_equal(wire_next(&rest, WIRE_TO_ROLE, &f), WIRE_FRAME);
    taken = config_take(c, &f);
    buf_clear(packet);
    return taken;
}

#define PUT(name, ...) wire_put_##name(&p, &(struct wire_##name){__VA_ARGS__})
#define REFUSED(name, ...)                                                               \
    do {                                                                                 \
        PUT(name, __VA_ARGS__);                                                          \
        assert_int_equal(take(&c, &p), CONFIG_REFUSED);                                  \
    } while (0)
#define TAKEN(name, ...)                                                                 \
    do {                                                                                 \
        PUT(name, __VA_ARGS__);                                                          \
        assert_int_equal(take(&c, &p), CONFIG_TAKEN);                                    \
    } while (0)

#define JAIL_FIELDS                                                                      \
    .name = SPAN("j"), .mode = 1, .findtime_s = 1, .bantime_s = -1, .maxretry = 1,       \
    .maxmatches = 1
#define INCREMENT_FIELDS .factor = SPAN("1"), .formula = SPAN("1"), .maxtime_s = -1
#define LIMITS_FIELDS                                                                    \
    .max_bans = 1, .bans_per_s = 1, .max_bantime_s = -1, .remember_s = 1,                \
    .min_bits4 = 32, .min_bits6 = 128

static void
test_bounds_of_sources_and_filters(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    REFUSED(conf_end, .scopes = 1);
    REFUSED(neighbour, .role = 1);
    REFUSED(conf_source, .source = 1, .path = SPAN("/a"));
    REFUSED(conf_source, .kind = SOURCE_JOURNAL + 1, .path = SPAN("/a"));
    REFUSED(conf_source, .is_tail = 2, .path = SPAN("/a"));
    REFUSED(conf_sender, .prefix = {.family = 4, .bits = 32});
    REFUSED(conf_source, .path = SPAN(""));
    REFUSED(conf_source, .path = SPAN("/a\0b"));
    TAKEN(conf_source, .path = SPAN("/a"));
    REFUSED(conf_source, .path = SPAN("/a"));
    REFUSED(conf_sender, .prefix = {.family = 4, .bits = 32});
    TAKEN(conf_source, .source = 1, .kind = SOURCE_UDP, .path = SPAN("u"));
    REFUSED(conf_sender, .source = 1);
    for (int i = 0; i < CONFIG_SENDERS_MAX; i++)
        TAKEN(conf_sender, .source = 1, .prefix = {.family = 4, .bits = 32});
    REFUSED(conf_sender, .source = 1, .prefix = {.family = 4, .bits = 32});
    REFUSED(conf_journal, .source = 2);
    REFUSED(conf_journal, .source = 0); /* a file */
    TAKEN(conf_source, .source = 2, .kind = SOURCE_JOURNAL, .path = SPAN("journal"));
    REFUSED(conf_journal, .source = 2, .match = SPAN("nonsense"));
    REFUSED(conf_journal, .source = 2, .folder = SPAN("/a\0b"));
    TAKEN(conf_journal, .source = 2, .match = SPAN("A=1\n+\nB=2"));
    REFUSED(conf_journal, .source = 2); /* twice */
    REFUSED(conf_regex, .pattern = SPAN("x"));
    REFUSED(conf_filter, .filter = 1, .name = SPAN("f"));
    REFUSED(conf_filter, .event = EVENT_KINDS, .name = SPAN("f"));
    TAKEN(conf_filter, .name = SPAN("f"));
    REFUSED(conf_regex, .kind = REGEX_KINDS, .pattern = SPAN("x"));
    REFUSED(conf_regex, .event = EVENT_KINDS, .pattern = SPAN("x"));
    REFUSED(conf_regex, .pattern = SPAN(""));
    config_fini(&c);
    buf_fini(&p);
}

#define RULE_FIELDS .jail = 1, .key = RULE_ADDRESS, .kinds = 1, .mindistinct = 1, .own = 1

static const struct wire_conf_rule bad_rules[] = {
    {.jail = 1, .key = RULE_ADDRESS, .kinds = 1, .mindistinct = 1}, /* own is 0 */
    {.jail = 1, .kinds = 1, .mindistinct = 1, .own = 1}, /* counts by nothing */
    {.jail = 1, .key = RULE_KEYS, .kinds = 1, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_ADDRESS, .mindistinct = 1, .own = 1}, /* counts nothing */
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1U << EVENT_KINDS,
     .mindistinct = 1,
     .own = 1},
    {.jail = 1, .key = RULE_ADDRESS, .kinds = 1, .bits4 = 24, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_ACCOUNT, .kinds = 1, .bits6 = 64, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_PREFIX, .kinds = 1, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_PREFIX, .kinds = 1, .bits4 = 33, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_PREFIX, .kinds = 1, .bits6 = 129, .mindistinct = 1, .own = 1},
    {.jail = 1, .key = RULE_ADDRESS, .kinds = 1, .mindistinct = 0, .own = 1},
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 2,
     .own = 1}, /* of maxretry 1 */
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .distinct = DISTINCTS},
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .apart_s = -1},
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .apart_s = CONFIG_TIME_MAX_S + 1},
    {.jail = 1,
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .verdict = RULE_VERDICTS},
    {.jail = 1, /* of no account */
     .key = RULE_ADDRESS,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .verdict = RULE_HOLD},
    {.jail = 1, /* nothing is permitted */
     .key = RULE_ACCOUNT,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .verdict = RULE_LIMIT,
     .messages = 1},
    {.jail = 1,
     .key = RULE_ACCOUNT,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .verdict = RULE_LIMIT,
     .messages = RULE_LIMIT_MAX + 1,
     .recipients = 1},
    {.jail = 1, /* limits nothing */
     .key = RULE_ACCOUNT,
     .kinds = 1,
     .mindistinct = 1,
     .own = 1,
     .verdict = RULE_HOLD,
     .messages = 1},
};

static void
test_bounds_of_rules(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    TAKEN(conf_filter, .name = SPAN("f"));
    REFUSED(conf_rule, RULE_FIELDS); /* of no jail */
    TAKEN(conf_jail, JAIL_FIELDS);
    REFUSED(conf_rule, .jail = 0, .key = RULE_ADDRESS, .kinds = 1, .mindistinct = 1,
            .own = 1);
    TAKEN(conf_jail, JAIL_FIELDS, .jail = 1, .filter = CONFIG_NO_FILTER);
    TAKEN(conf_limits, LIMITS_FIELDS);
    REFUSED(conf_end, .scopes = 1); /* a jail with neither filter nor rule */
    REFUSED(conf_rule, .jail = 0, .key = RULE_ADDRESS, .kinds = 1, .mindistinct = 1,
            .own = 1);
    for (size_t i = 0; i < ARRAY_LEN(bad_rules); i++) {
        wire_put_conf_rule(&p, &bad_rules[i]);
        assert_int_equal(take(&c, &p), CONFIG_REFUSED);
    }
    TAKEN(conf_rule, RULE_FIELDS);
    REFUSED(conf_rule, RULE_FIELDS); /* twice */
    config_fini(&c);
    buf_fini(&p);
}

static void
test_bounds_of_scopes(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    REFUSED(conf_ports, .scope = 0, .protocol = 6, .first = 1, .last = 1);
    REFUSED(conf_ports, .scope = 1, .protocol = 6, .first = 1, .last = 1);
    REFUSED(conf_scope, .scope = 0);
    REFUSED(conf_scope, .scope = 2);
    REFUSED(conf_scope, .scope = 1, .block = BLOCK_REJECT + 1);
    TAKEN(conf_scope, .scope = 1, .block = BLOCK_REJECT);
    REFUSED(conf_ports, .scope = 2, .protocol = 6, .first = 1, .last = 1);
    REFUSED(conf_ports, .scope = 1, .protocol = 5, .first = 1, .last = 1);
    REFUSED(conf_ports, .scope = 1, .protocol = 6, .first = 2, .last = 1);
    REFUSED(conf_ports, .scope = 1, .protocol = 17, .first = 0, .last = 1);
    TAKEN(conf_ports, .scope = 1, .protocol = 17, .first = 1, .last = 65535);
    TAKEN(conf_scope, .scope = 2);
    TAKEN(conf_ports, .scope = 2, .protocol = 6, .first = 1, .last = 1);
    REFUSED(conf_ports, .scope = 1, .protocol = 6, .first = 1, .last = 1);
    REFUSED(conf_protect, .why = 4, .prefix = {.family = 4, .bits = 32});
    REFUSED(conf_protect, .why = 0);
    REFUSED(conf_provider, .name = SPAN("no name"));
    TAKEN(conf_provider, .name = SPAN("_spf.example.org"));
    REFUSED(conf_limits, LIMITS_FIELDS, .is_braking = 2);
    REFUSED(conf_limits, LIMITS_FIELDS, .brake_percent = 101);
    TAKEN(conf_limits, LIMITS_FIELDS);
    REFUSED(conf_end, .scopes = 3);
    TAKEN(conf_table, .name = SPAN("t"));
    REFUSED(conf_table, .name = SPAN("t"));
    REFUSED(conf_end, .scopes = 3);
    REFUSED(conf_slots, .every_s = 0, .floor = 20);
    REFUSED(conf_slots, .every_s = CONFIG_SLOTS_EVERY_MAX_S + 1, .floor = 20);
    REFUSED(conf_slots, .every_s = 10, .floor = 1);
    REFUSED(conf_slots, .every_s = 10, .floor = CONFIG_SLOTS_FLOOR_MAX + 1);
    TAKEN(conf_ports, .scope = CONFIG_WIRE_SLOTS, .protocol = 6, .first = 1, .last = 2);
    TAKEN(conf_slots, .every_s = 10, .floor = 20);
    REFUSED(conf_slots, .every_s = 10, .floor = 20);
    REFUSED(conf_end, .scopes = 2);
    PUT(conf_end, .scopes = 3);
    assert_int_equal(take(&c, &p), CONFIG_DONE);
    config_fini(&c);
    buf_fini(&p);
}

static void
test_bounds_of_jails(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    TAKEN(conf_source, .path = SPAN("/a"));
    TAKEN(conf_filter, .name = SPAN("f"));
    TAKEN(conf_scope, .scope = 1);
    TAKEN(conf_scope, .scope = 2);
    REFUSED(conf_jail, JAIL_FIELDS, .filter = 1);
    REFUSED(conf_jail, JAIL_FIELDS, .scope = 3);
    REFUSED(conf_jail, JAIL_FIELDS, .jail = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .mode = 2, .findtime_s = 1, .bantime_s = 1,
            .maxretry = 1, .maxmatches = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 0, .bantime_s = 1, .maxretry = 1,
            .maxmatches = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 1, .bantime_s = 0, .maxretry = 1,
            .maxmatches = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 1, .bantime_s = INT64_MAX,
            .maxretry = 1, .maxmatches = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 1, .bantime_s = 1,
            .maxretry = 1001, .maxmatches = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 1, .bantime_s = 1, .maxretry = 1);
    REFUSED(conf_jail, .name = SPAN("j"), .findtime_s = 1, .bantime_s = 1, .maxretry = 1,
            .maxmatches = 1001);
    REFUSED(conf_jail_source, .jail = 0);
    REFUSED(conf_ignore, .prefix = {.family = 4, .bits = 32});
    TAKEN(conf_jail, JAIL_FIELDS, .scope = 2);
    REFUSED(conf_jail_source, .source = 1);
    REFUSED(conf_ignore, .jail = 0);
    REFUSED(conf_increment, INCREMENT_FIELDS, .jail = 1);
    REFUSED(conf_increment, INCREMENT_FIELDS, .is_overall = 2);
    REFUSED(conf_increment, .factor = SPAN("0"), .formula = SPAN("1"), .maxtime_s = 1);
    REFUSED(conf_increment, .factor = SPAN("1"), .formula = SPAN("1/0"), .maxtime_s = 1);
    REFUSED(conf_increment, .factor = SPAN("1"), .formula = SPAN("1"), .maxtime_s = 0);
    REFUSED(conf_increment, INCREMENT_FIELDS, .rndtime_s = -1);
    REFUSED(conf_increment, INCREMENT_FIELDS, .multipliers = SPAN("1 0"));
    TAKEN(conf_jail, JAIL_FIELDS, .jail = 1);
    TAKEN(conf_increment, INCREMENT_FIELDS, .jail = 1);
    REFUSED(conf_increment, INCREMENT_FIELDS, .jail = 1); /* twice */
    config_fini(&c);
    buf_fini(&p);
}

static void
test_bounds_of_limits(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    REFUSED(conf_limits, .max_bans = 1, .bans_per_s = 1, .max_bantime_s = 1,
            .min_bits4 = 1, .min_bits6 = 1);
    REFUSED(conf_limits, .max_bans = 0, .bans_per_s = 1, .max_bantime_s = 1,
            .min_bits4 = 1, .min_bits6 = 1);
    REFUSED(conf_limits, LIMITS_FIELDS, .is_destroying = 2);
    REFUSED(conf_limits, .max_bans = 1, .bans_per_s = 1, .max_bantime_s = 1,
            .min_bits4 = 33, .min_bits6 = 1);
    REFUSED(conf_limits, .max_bans = 1, .bans_per_s = 1, .max_bantime_s = -2,
            .min_bits4 = 32, .min_bits6 = 1);
    TAKEN(conf_limits, LIMITS_FIELDS);
    REFUSED(conf_limits, LIMITS_FIELDS);
    config_fini(&c);
    buf_fini(&p);
}

static void
test_bounds_of_commands(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    TAKEN(conf_source, .path = SPAN("/a"));
    TAKEN(conf_filter, .name = SPAN("f"));
    TAKEN(conf_jail, JAIL_FIELDS);
    TAKEN(conf_jail, JAIL_FIELDS, .jail = 1);
    REFUSED(conf_command, .command = 1, .timeout_s = 1, .text = SPAN("x"));
    REFUSED(conf_command, .timeout_s = 0, .text = SPAN("x"));
    REFUSED(conf_command, .timeout_s = 3601, .text = SPAN("x"));
    REFUSED(conf_command, .kind = COMMAND_ASK + 1, .timeout_s = 1, .text = SPAN("x"));
    REFUSED(conf_command, .timeout_s = 1, .text = SPAN("x\0y"));
    TAKEN(conf_command, .kind = COMMAND_MAIL, .timeout_s = 1, .text = SPAN("x"));
    REFUSED(conf_notify, .ways = 1, .rate = 1, .digest_s = 1); /* mail to nobody */
    REFUSED(conf_mail, .from = SPAN("a"));
    TAKEN(conf_mail, .from = SPAN("a"), .to = SPAN("b"));
    TAKEN(conf_command, .command = 1, .kind = COMMAND_ASK, .timeout_s = 2,
          .text = SPAN("x"));
    REFUSED(conf_notify, .ways = 2, .rate = 1, .digest_s = 1); /* asks, tells nobody */
    REFUSED(conf_notify, .ways = 0, .rate = 1, .digest_s = 1);
    REFUSED(conf_ask, .jail = 1, .command = 2, .timeout_s = 1);
    REFUSED(conf_ask, .jail = 0, .command = 1, .timeout_s = 1);
    REFUSED(conf_ask, .jail = 1, .command = 1, .timeout_s = 0);
    REFUSED(conf_ask, .jail = 1, .command = 1, .timeout_s = 1, .cached = 1);
    REFUSED(conf_ask, .jail = 1, .command = 1, .timeout_s = 1, .cached = 100001,
            .cache_s = 1);
    TAKEN(conf_ask, .jail = 1, .command = 1, .timeout_s = 1, .cached = 1, .cache_s = 1);
    REFUSED(conf_ask, .jail = 1, .command = 1, .timeout_s = 1); /* twice */
    REFUSED(conf_mail, .from = SPAN("a"), .to = SPAN("b"));
    REFUSED(conf_notify, .ways = 2, .rate = 1, .digest_s = 1);
    REFUSED(conf_notify, .ways = 1, .rate = 0, .digest_s = 1);
    REFUSED(conf_notify, .ways = 1, .rate = 1, .digest_s = 0);
    REFUSED(conf_notify, .ways = 1, .kinds = 16, .rate = 1, .digest_s = 1);
    REFUSED(conf_notify, .ways = 1, .rate = 1, .digest_s = 1, .silent_after_s = -1);
    TAKEN(conf_notify, .ways = 1, .kinds = 15, .rate = 1, .digest_s = 1);
    REFUSED(conf_notify, .ways = 1, .rate = 1, .digest_s = 1);
    REFUSED(conf_command, .command = 1, .timeout_s = 1, .text = SPAN("x"));
    config_fini(&c);
    buf_fini(&p);
}

#define ACTION_FIELDS .name = SPAN("a"), .timeout_s = 1

static void
test_bounds_of_actions(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    REFUSED(conf_action_part, .families = 1, .text = SPAN("x")); /* of none */
    REFUSED(conf_action, ACTION_FIELDS, .action = 1);
    REFUSED(conf_action, ACTION_FIELDS, .jail = CONFIG_JAILS_MAX);
    REFUSED(conf_action, ACTION_FIELDS, .flags = 64);
    REFUSED(conf_action, ACTION_FIELDS, .mail_to = SPAN("root"));
    REFUSED(conf_action, .name = SPAN("a"));
    REFUSED(conf_action, .timeout_s = 1);
    TAKEN(conf_action, ACTION_FIELDS, .jail = 1, .flags = 63);
    REFUSED(conf_action_part, .families = 0, .text = SPAN("x"));
    REFUSED(conf_action_part, .families = 4, .text = SPAN("x"));
    REFUSED(conf_action_part, .event = ACTION_EVENTS, .families = 1, .text = SPAN("x"));
    REFUSED(conf_action_part, .families = 1, .text = SPAN("x\0y"));
    REFUSED(conf_action_part, .families = 1);
    TAKEN(conf_action_part, .event = ACTION_BAN, .families = 3, .text = SPAN("x"));
    TAKEN(conf_action_part, .event = ACTION_BAN, .families = 2, .text = SPAN("y"));
    assert_string_equal(c.actions[0].commands[ACTION_BAN][ACTION_INET4], "x");
    assert_string_equal(c.actions[0].commands[ACTION_BAN][ACTION_INET6], "xy");
    assert_string_equal(c.actions[0].commands[ACTION_STOP][ACTION_INET6], "");
    TAKEN(conf_action, ACTION_FIELDS, .action = 1);
    REFUSED(conf_action_part, .families = 1, .text = SPAN("x")); /* of one before */
    TAKEN(conf_source, .path = SPAN("/a"));
    TAKEN(conf_filter, .name = SPAN("f"));
    REFUSED(conf_jail, JAIL_FIELDS, .actions = CONFIG_JAIL_ACTIONS_MAX + 1);
    REFUSED(conf_jail, JAIL_FIELDS, .is_by_commands = 2);
    TAKEN(conf_jail, JAIL_FIELDS, .actions = 1, .is_by_commands = 1);
    REFUSED(conf_action, ACTION_FIELDS, .action = 2); /* too late */
    config_fini(&c);
    buf_fini(&p);
}

/* The tables have an end. */
static void
test_too_many(void **state UNUSED)
{
    struct config c = {0};
    struct buf p = {0};

    for (unsigned i = 0; i < CONFIG_SOURCES_MAX; i++)
        TAKEN(conf_source, .source = (uint16_t)i, .path = SPAN("/a"));
    REFUSED(conf_source, .source = CONFIG_SOURCES_MAX, .path = SPAN("/a"));
    for (unsigned i = 0; i < CONFIG_FILTERS_MAX; i++)
        TAKEN(conf_filter, .filter = (uint16_t)i, .name = SPAN("f"));
    REFUSED(conf_filter, .filter = CONFIG_FILTERS_MAX, .name = SPAN("f"));
    for (unsigned i = 0; i < CONFIG_REGEXES_MAX; i++)
        TAKEN(conf_regex, .filter = CONFIG_FILTERS_MAX - 1, .pattern = SPAN("x"));
    REFUSED(conf_regex, .filter = CONFIG_FILTERS_MAX - 1, .pattern = SPAN("x"));
    for (unsigned i = 0; i < CONFIG_PORTS_MAX; i++)
        TAKEN(conf_ports, .scope = CONFIG_WIRE_GUARDED, .protocol = 6, .first = 1,
              .last = 1);
    REFUSED(conf_ports, .scope = CONFIG_WIRE_GUARDED, .protocol = 6, .first = 1,
            .last = 1);
    for (unsigned i = 1; i < CONFIG_SCOPES_MAX; i++)
        TAKEN(conf_scope, .scope = (uint16_t)i);
    REFUSED(conf_scope, .scope = CONFIG_SCOPES_MAX);
    for (unsigned i = 0; i < CONFIG_JAILS_MAX; i++)
        TAKEN(conf_jail, JAIL_FIELDS, .jail = (uint16_t)i);
    REFUSED(conf_jail, JAIL_FIELDS, .jail = CONFIG_JAILS_MAX);
    for (unsigned i = 0; i < CONFIG_JAIL_SOURCES_MAX; i++)
        TAKEN(conf_jail_source, .jail = CONFIG_JAILS_MAX - 1, .source = (uint16_t)i);
    REFUSED(conf_jail_source, .jail = CONFIG_JAILS_MAX - 1, .source = 0);
    for (unsigned i = 0; i < CONFIG_PREFIXES_MAX; i++) {
        TAKEN(conf_ignore, .jail = CONFIG_JAILS_MAX - 1,
              .prefix = {.family = 4, .bits = 32});
        TAKEN(conf_protect, .prefix = {.family = 4, .bits = 32});
    }
    REFUSED(conf_ignore, .jail = CONFIG_JAILS_MAX - 1,
            .prefix = {.family = 4, .bits = 32});
    REFUSED(conf_protect, .prefix = {.family = 4, .bits = 32});
    config_fini(&c);
    buf_fini(&p);
}

static void
test_protect_names(void **state UNUSED)
{
    assert_string_equal(config_protect_name(PROTECT_ALLOW), "allow");
    assert_string_equal(config_protect_name(PROTECT_MYNETWORKS), "mynetworks");
    assert_string_equal(config_protect_name(PROTECT_RELAYHOST), "relayhost");
    assert_string_equal(config_protect_name(PROTECT_RESOLVER), "resolver");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),        TEST(test_sender_fails),
        TEST(test_every_truncation),  TEST(test_bounds_of_scopes),
        TEST(test_bounds_of_jails),   TEST(test_bounds_of_rules),
        TEST(test_bounds_of_limits),  TEST(test_bounds_of_commands),
        TEST(test_bounds_of_actions), TEST(test_bounds_of_sources_and_filters),
        TEST(test_too_many),          TEST(test_protect_names)};

    return RUN(tests);
}
