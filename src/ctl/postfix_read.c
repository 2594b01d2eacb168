#include "ctl/migrate.h"
#include "ctl/postfix_config.h"

#define POSTCONF "/usr/sbin/postconf"

bool
postfix_conf(const char *directory, const char *verb, const char *what, struct buf *said)
{
    const char *argv[] = {POSTCONF, "-c", directory, verb, what, NULL};

    return migrate_run(argv, said);
}

/* The value in a line "NAME = VALUE" that postconf printed. */
static struct span
value_of(const struct buf *said, const char *name)
{
    struct span rest = buf_span(said), line, key, value;

    while (span_line(&rest, &line))
        if (span_cut(line, SPAN(" ="), &key, &value) && span_eq(key, span_of(name)))
            return span_trim(value);
    return (struct span){0};
}

/* The same in a service of master.cf; what it does not say is as in main.cf. */
static struct span
port25_value(const struct postfix_read *r, const char *name)
{
    struct buf full = {0};
    struct span value;

    buf_printf(&full, "smtp/inet/%s", name);
    value = value_of(&r->master, full.ptr);
    buf_fini(&full);
    return value.ptr ? value : value_of(&r->values, name);
}

/* The command is the eighth field of a service. */
static void
read_command(const struct buf *said, struct buf *out)
{
    struct span rest = buf_span(said), word = {0};

    for (int i = 0; i < 8; i++)
        if (!span_word(&rest, &word))
            return;
    buf_add(out, word);
}

/* Names of all that is set, in either file. */
static void
add_names(const struct buf *said, struct buf *set)
{
    struct span rest = buf_span(said), line, key, value;

    while (span_line(&rest, &line))
        if (span_cut(line, SPAN(" ="), &key, &value)) {
            buf_add(set, key);
            buf_add_byte(set, '\n');
        }
}

static void
fill(struct postfix_read *r)
{
    struct postfix_now *now = &r->now;

    for (int i = 0; i < POSTFIX_STAGES; i++)
        now->lists[i] = value_of(&r->values, postfix_list_name((enum postfix_stage)i));
    now->relay = value_of(&r->expanded, postfix_list_name(POSTFIX_RELAY));
    buf_add(&r->queue_directory, value_of(&r->expanded, "queue_directory"));
    now->port25 = buf_span(&r->port25);
    now->port25_client = port25_value(r, postfix_list_name(POSTFIX_CLIENT));
    now->default_action = value_of(&r->values, "smtpd_policy_service_default_action");
    now->greet_action = value_of(&r->values, "postscreen_greet_action");
    now->is_login_on_port25 =
        span_eq(port25_value(r, "smtpd_sasl_auth_enable"), SPAN("yes"));
    now->is_delayed = !span_eq(port25_value(r, "smtpd_delay_reject"), SPAN("no"));
    now->set = buf_span(&r->set);
}

bool
postfix_read(const char *directory, struct postfix_read *r, struct buf *error)
{
    struct buf set = {0}, service = {0};
    bool is_good;

    *r = (struct postfix_read){0};
    is_good = postfix_conf(directory, NULL, NULL, &r->values) &&
              postfix_conf(directory, "-x", NULL, &r->expanded) &&
              postfix_conf(directory, "-n", NULL, &set) &&
              postfix_conf(directory, "-P", NULL, &r->master) &&
              postfix_conf(directory, "-M", "smtp/inet", &service);
    if (is_good) {
        read_command(&service, &r->port25);
        add_names(&set, &r->set);
        add_names(&r->master, &r->set);
        fill(r);
        is_good = r->queue_directory.len > 0;
    }
    if (!is_good) {
        buf_printf(error, "the configuration in %s cannot be read by " POSTCONF ": ",
                   directory);
        text_foreign(error, span_trim(buf_span(&r->values)));
    }
    buf_fini(&set);
    buf_fini(&service);
    return is_good;
}

void
postfix_read_fini(struct postfix_read *r)
{
    buf_fini(&r->values);
    buf_fini(&r->expanded);
    buf_fini(&r->master);
    buf_fini(&r->set);
    buf_fini(&r->queue_directory);
    buf_fini(&r->port25);
    *r = (struct postfix_read){0};
}
