/* What `gate status` prints, exactly. */
#include "ctl/gate_page.h"

#include "frames_test.h"

#include "ctl/show.h"

static const struct screen narrow = {.columns = 80, .now_us = NOW_S * SECOND_US};

static void
add(struct buf *b, const char *name, const char *label, uint64_t value)
{
    wire_put_tell_gate(b, &(struct wire_tell_gate){.name = span_of(name),
                                                   .label = span_of(label),
                                                   .value = value});
}

static void
note(struct buf *b, enum gate_note kind, const char *name, const char *text)
{
    wire_put_tell_gate_note(b, &(struct wire_tell_gate_note){.kind = (uint8_t)kind,
                                                             .name = span_of(name),
                                                             .text = span_of(text)});
}

static void
test_new(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    add(&frames, "uptime_seconds", NULL, 0);
    gate_page(buf_span(&frames), &narrow, &out);
    assert_string_equal(
        out.ptr,
        "Gate         up 0s, 0 B of memory\n"
        "Connections  0 open now, 0 at most, 0 so far\n"
        "Requests     0 asked, 0 refused or put off\n"
        "Greylist     0 new ones put off, 0 back too early and put off again,\n"
        "             0 let in after their wait, 0 let in as known, 0 triplets known,\n"
        "             0 clients known for passing\n"
        "DNS          0 questions, 0 of them to name servers\n");
    buf_fini(&frames);
    buf_fini(&out);
}

static void
fill(struct buf *b)
{
    add(b, "uptime_seconds", NULL, 90061);
    add(b, "memory_bytes", NULL, 12400000);
    add(b, "connections", NULL, 14);
    add(b, "connections_max", NULL, 4096);
    add(b, "connections_total", NULL, UINT64_MAX);
    add(b, "requests_total", NULL, 1234567);
    add(b, "rejected_total", NULL, 1001);
    add(b, "held", NULL, 1);
    add(b, "troubles_total", "late", 1);
    add(b, "troubles_total", "malformed", 2);
    add(b, "greylist_total", "new", 1000);
    add(b, "greylist_total", "client-awl", 5);
    add(b, "greylist_triplets", NULL, 1);
    add(b, "dns_questions_total", NULL, 1);
    add(b, "refused_total", "reject_rbl_client zen.example.org", 1000);
    add(b, "refused_total", "\033[31m", 1);
    add(b, "standings", NULL, 1);
    note(b, GATE_NOTE_UNREAD, "hash:/nowhere/x",
         "/nowhere/x: cannot be read: No such file");
    note(b, GATE_NOTE_STALE, "hash:/a", "/a:1: `X` is no action");
    note(b, GATE_NOTE_LIST, "zen.example.org", "good");
    note(b, GATE_NOTE_LIST, "zen.example.org", "good");
    note(b, GATE_NOTE_LIST, "dbl.example.org", "does not list what it must");
    add(b, "share_up", NULL, 0);
    add(b, "share_hosts", NULL, 2);
    add(b, "share_entries_total", "forged", 3);
    note(b, GATE_NOTE_CUT, "inet:192.0.2.7:6379", "ERR \033[31m");
}

static void
test_page(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};
    struct span rest, line;

    fill(&frames);
    gate_page(buf_span(&frames), &narrow, &out);
    assert_string_equal(
        out.ptr,
        "Problem: the gate cannot ask a table: /nowhere/x: cannot be read: No such file\n"
        "Problem: the gate goes by what a table said before: /a:1: `X` is no action\n"
        "Problem: the gate cannot share what it knows with other hosts: ERR \\x1B[31m\n"
        "Note: 1 request not decided in time\n"
        "Note: 2 requests malformed, answered as `fail` says\n"
        "Gate         up 1d 1h, 12.4 MB of memory\n"
        "Connections  14 open now, 4,096 at most, 18,446,744,073,709,551,615 so far\n"
        "Requests     1,234,567 asked, 1,001 refused or put off,\n"
        "             1 held now (sleep, tarpit)\n"
        "Greylist     1,000 new ones put off, 0 back too early and put off again,\n"
        "             0 let in after their wait, 0 let in as known,\n"
        "             5 let in for passing often, 1 triplet known,\n"
        "             0 clients known for passing\n"
        "DNS          1 question, 0 of them to name servers\n"
        "DNS lists    zen.example.org good, dbl.example.org does not list what it must\n"
        "Sharing      inet:192.0.2.7:6379 cut off, 2 other gates heard of,\n"
        "             0 changes of the greylist told, 0 taken from others,\n"
        "             3 entries of who has not our secret\n"
        "Guard        0 requests of who is banned, 0 of who is suspect,\n"
        "             0 of who is known, 0 of strangers, 0 findings told to the guard\n"
        "\n"
        "REFUSED OR PUT OFF BY              REQUESTS\n"
        "reject_rbl_client zen.example.org     1,000\n"
        "\\x1B[31m                                  1\n");
    rest = buf_span(&out);
    while (span_line(&rest, &line))
        assert_true(text_width(line) < 80);
    buf_fini(&frames);
    buf_fini(&out);
}

static void
test_json(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    add(&frames, "requests_total", NULL, 2);
    add(&frames, "refused_total", "greylist", 1);
    note(&frames, GATE_NOTE_UNREAD, "hash:/x", "/x: gone");
    gate_page_json(buf_span(&frames), &narrow, &out);
    assert_string_equal(
        out.ptr, "{\"schema\":1,\"generated\":\"2026-11-22T01:53:25+00:00\",\"numbers\":["
                 "{\"name\":\"requests_total\",\"label\":null,\"value\":2},"
                 "{\"name\":\"refused_total\",\"label\":\"greylist\",\"value\":1}],"
                 "\"notes\":[{\"kind\":\"unread-table\",\"name\":\"hash:/x\","
                 "\"text\":\"/x: gone\"}]}\n");
    buf_fini(&frames);
    buf_fini(&out);
}

/* The guard's own status tells of tables, too. */
static void
test_problems(void **state UNUSED)
{
    struct buf frames = {0}, out = {0};

    frames_status(&frames, false, true);
    frames_jail(&frames, SPAN("sshd"), 1);
    fill(&frames);
    assert_int_equal(show_problems(buf_span(&frames), &out), 3);
    assert_true(
        span_starts(buf_span(&out), SPAN("Problem: the gate cannot ask a table: ")));
    buf_fini(&frames);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_new), TEST(test_page), TEST(test_json),
                                       TEST(test_problems)};

    return RUN(tests);
}
