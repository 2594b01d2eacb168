#include "conf/errors.h"

#include <stdarg.h>

#include "base/mem.h"

void
conf_error(struct conf_errors *e, const char *file, unsigned line, const char *format,
           ...)
{
    char message[CONF_ERROR_BYTES_MAX];
    struct buf text = {0};
    va_list args;

    if (e->count > CONF_ERRORS_MAX)
        return;
    va_start(args, format);
    must(vsnprintf(message, sizeof(message), format, args) >= 0);
    va_end(args);
    if (file)
        buf_escaped(&text, span_of(file));
    if (file && line)
        buf_printf(&text, ":%u", line);
    if (file)
        buf_add_text(&text, ": ");
    buf_escaped(&text, span_of(message));
    buf_add_byte(&text, '\n');
    /* A wrong line in DEFAULT is met by every section; it is said once. */
    if (span_find(buf_span(e->text), buf_span(&text)) < 0) {
        if (++e->count <= CONF_ERRORS_MAX)
            buf_add(e->text, buf_span(&text));
        else
            buf_add_text(e->text, "more errors follow; they are not shown\n");
    }
    buf_fini(&text);
}
