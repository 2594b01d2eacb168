/* smtp_session_of(): any bytes; only what was delivered, or asked in vain, has
 * recipients.
 */
#include "base/mem.h"
#include "decide/smtp_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_session s = smtp_session_of((struct span){(const char *)data, size});

    must(s.kind <= SMTP_SESSION_IN_VAIN);
    must(s.recipients == 0 || s.kind == SMTP_SESSION_DELIVERED ||
         s.kind == SMTP_SESSION_IN_VAIN);
    return 0;
}
