/* Fuzz target: a stream of a client, up to the answers, before a judge that knows of
 * nothing: each message has an answer that Python would read, or a change of settings
 * whose texts are the message's. */
#include "base/mem.h"
#include "compat/orders.h"
#include "compat/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ctl_exit
ask(void *ctx UNUSED, struct span frames, struct answer *a, struct buf *error UNUSED)
{
    struct buf packet = {0};
    struct wire_frame f;

    while (frames.len)
        must(wire_next(&frames, WIRE_ASK, &f) == WIRE_FRAME);
    wire_put_tell_jail(&packet, &(struct wire_tell_jail){.name = SPAN("sshd")});
    wire_put_tell_end(&packet, &(struct wire_tell_end){.outcome = ANSWER_DONE});
    must(answer_take(a, buf_span(&packet)) == ANSWER_END);
    buf_fini(&packet);
    return CTL_DONE;
}

static void
take(struct span message)
{
    struct orders_guard guard = {.ask = ask};
    struct pickle_arena arena = {0};
    struct orders o = {.guard = &guard, .arena = &arena};
    struct buf out = {0};
    enum orders_outcome outcome = ORDERS_ANSWER;
    const char *why;

    o.command = pickle_read(&arena, message, 0, &why);
    if (o.command)
        outcome = orders_run(&o);
    while (outcome == ORDERS_CHANGE) /* of a stream, as often as it has commands */
        outcome = orders_finish(&o, ANSWER_DONE, SPAN("actionban\nname\n"));
    if (o.command && o.answer) {
        protocol_put(&out, o.answer);
        must(span_ends(buf_span(&out), SPAN("." PROTOCOL_END)) || out.is_cut);
    }
    buf_fini(&out);
    pickle_arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct protocol_in in = {0};
    struct span message;

    protocol_feed(&in, (struct span){(const char *)data, size});
    while (protocol_next(&in, &message) == PROTOCOL_MESSAGE)
        take(message);
    protocol_fini(&in);
    return 0;
}
