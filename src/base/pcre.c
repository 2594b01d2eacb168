#include "base/pcre.h"

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { CONTEXT_BYTES = 24 /* of the pattern, shown in messages */ };

void *
pcre_compile(struct span text, unsigned flags, struct buf *reason, size_t *at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    uint32_t options =
        PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C |
        (flags & PCRE_CHARACTERS ? PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF
                                 : PCRE2_NEVER_UTF | PCRE2_NEVER_UCP) |
        (flags & PCRE_MULTILINE ? PCRE2_MULTILINE : 0) |
        (flags & PCRE_CASELESS ? PCRE2_CASELESS : 0);
    PCRE2_UCHAR what[128];
    pcre2_code *code;
    int number = 0;

    if (!context)
        bug("no memory for a PCRE2 context");
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF); /* a constant it knows */
    /* An expression may be all comment; then there is no text that is empty. */
    code = pcre2_compile((PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, options,
                         &number, at, context);
    pcre2_compile_context_free(context);
    if (code) {
        /* Without JIT the interpreter gives the same answers, within the same limits. */
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
        return code;
    }
    if (pcre2_get_error_message(number, what, sizeof(what)) > 0)
        buf_add_text(reason, (const char *)what);
    else
        buf_printf(reason, "PCRE2 error %d", number);
    return NULL;
}

void
pcre_free(void *code)
{
    pcre2_code_free(code);
}

static uint32_t
info(const void *code, uint32_t what)
{
    uint32_t value = 0;

    if (pcre2_pattern_info(code, what, &value) != 0)
        bug("pcre2_pattern_info");
    return value;
}

bool
pcre_has_jit(const void *code)
{
    size_t bytes = 0;

    return pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &bytes) == 0 && bytes > 0;
}

uint32_t
pcre_pairs(const void *code)
{
    return info(code, PCRE2_INFO_CAPTURECOUNT) + 1;
}

uint32_t
pcre_names(const void *code)
{
    return info(code, PCRE2_INFO_NAMECOUNT);
}

struct pcre_name
pcre_name_at(const void *code, uint32_t i)
{
    PCRE2_SPTR entry = NULL;

    if (pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &entry) != 0)
        bug("pcre2_pattern_info");
    entry += (size_t)i * info(code, PCRE2_INFO_NAMEENTRYSIZE);
    return (struct pcre_name){span_of((const char *)entry + 2),
                              (uint16_t)(entry[0] << 8 | entry[1])};
}

void
pcre_engine_init(struct pcre_engine *e, const struct pcre_limits *limits, uint32_t pairs)
{
    e->context = pcre2_match_context_create(NULL);
    e->stack = pcre2_jit_stack_create(limits->stack_bytes, limits->stack_bytes, NULL);
    e->data = pcre2_match_data_create(pairs, NULL);
    if (!e->context || !e->data)
        bug("no memory for PCRE2");
    (void)pcre2_set_match_limit(e->context, limits->steps); /* these three cannot fail */
    (void)pcre2_set_depth_limit(e->context, limits->depth);
    (void)pcre2_set_heap_limit(e->context, limits->heap_kib);
    /* NULL where PCRE2 was built without JIT: nothing uses it then. */
    if (e->stack)
        pcre2_jit_stack_assign(e->context, NULL, e->stack);
}

void
pcre_engine_fini(struct pcre_engine *e)
{
    pcre2_match_data_free(e->data);
    pcre2_match_context_free(e->context);
    pcre2_jit_stack_free(e->stack);
    *e = (struct pcre_engine){0};
}

void
pcre_add_place(struct buf *error, struct span pattern, size_t at)
{
    buf_printf(error, " at byte %zu", at + 1);
    if (at < pattern.len) {
        buf_add_text(error, ", before \"");
        buf_escaped(error, span_head(span_from(pattern, at), CONTEXT_BYTES));
        buf_add_byte(error, '"');
    }
}
