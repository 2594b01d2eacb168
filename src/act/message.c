#include "act/message.h"

void
message_clean(struct buf *b, struct span s)
{
    struct buf one = {0};

    while (s.len) {
        size_t n = 1;

        /* What buf_escaped() leaves as it is, is printable. */
        while ((unsigned char)s.ptr[0] >= 0xC0 && n < s.len &&
               ((unsigned char)s.ptr[n] & 0xC0U) == 0x80U)
            n++;
        buf_clear(&one);
        buf_escaped(&one, span_head(s, n));
        if (s.ptr[0] == '\\' || span_eq(buf_span(&one), span_head(s, n)))
            buf_add(b, span_head(s, n));
        else if ((unsigned char)s.ptr[0] >= 0x80)
            buf_add_byte(b, '?');
        s = span_from(s, n);
    }
    buf_fini(&one);
}

void
message_variables(const struct message *m, char address[MESSAGE_ADDRESS_MAX],
                  struct run_order *order)
{
    const struct run_variable all[] = {
        {"KOMAINU_KIND", span_of(m->kind)}, {"KOMAINU_TIME", span_of(m->time)},
        {"KOMAINU_HOST", m->host},          {"KOMAINU_SUBJECT", m->subject},
        {"KOMAINU_JAIL", m->jail},          {"KOMAINU_REASON", m->reason},
        {"KOMAINU_ACCOUNT", m->account},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        order->variables[i] = all[i];
    order->variable_count = ARRAY_LEN(all);
    order->variables[order->variable_count++] = (struct run_variable){
        "KOMAINU_ADDRESS",
        m->who.family ? span_of(addr_text(&m->who, address)) : (struct span){0}};
}

void
message_json(const struct message *m, struct buf *out)
{
    char address[ADDR_TEXT_MAX];
    const struct {
        const char *name;
        struct span value;
        bool is_optional;
    } all[] = {
        {"schema", SPAN("komainu-notify-1"), false},
        {"kind", span_of(m->kind), false},
        {"time", span_of(m->time), false},
        {"host", m->host, false},
        {"subject", m->subject, false},
        {"jail", m->jail, true},
        {"address",
         m->who.family ? span_of(addr_text(&m->who, address)) : (struct span){0}, true},
        {"account", m->account, true},
        {"reason", m->reason, true},
        {"text", m->text, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].is_optional && all[i].value.len == 0)
            continue;
        buf_printf(out, "%s\"%s\":", i ? "," : "{", all[i].name);
        buf_json(out, all[i].value);
    }
    buf_add_text(out, "}\n");
}
