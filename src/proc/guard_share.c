/* guard_share: what root reads for [share], so that no role has to: the secret, the
 * password, and in which group one may connect to the socket of Redis.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "conf/layers.h"
#include "conf/load_gate.h"
#include "guard_parts.h"

static bool
read_file(const char *option, const char *path, struct buf *text, struct buf *errors)
{
    int e = layers_read_file(path, CONFIG_SHARE_FILE_MAX, text);
    struct buf shown = {0};

    if (!e && text->len <= CONFIG_SHARE_FILE_MAX)
        return true;
    buf_escaped(&shown, span_of(path));
    buf_printf(errors, "[share]: `%s`: %s: %s\n", option, shown.ptr,
               e ? strerror(-e) : "is too long");
    buf_fini(&shown);
    return false;
}

static bool
read_secret(const struct config_share *s, struct config *out, struct buf *errors)
{
    struct buf text = {0};
    char hex[CONFIG_SHARE_SECRET_HEX + 1];
    bool is_good = read_file("secret-file", s->secret_file, &text, errors);

    if (is_good && !config_share_read_secret(buf_span(&text), hex)) {
        buf_add_text(errors,
                     "[share]: `secret-file` holds no secret; it is 64 hexadecimal "
                     "digits (openssl rand -hex 32), or the greylist.key of a "
                     "gate\n");
        is_good = false;
    }
    if (is_good)
        out->share_secret = mem_copy_text(hex, CONFIG_SHARE_SECRET_HEX);
    buf_fini(&text);
    return is_good;
}

static bool
read_password(const struct config_share *s, struct config *out, struct buf *errors)
{
    struct buf text = {0};
    struct span rest, line = {0};
    bool is_good = read_file("password-file", s->password_file, &text, errors);

    rest = buf_span(&text);
    if (is_good && (!span_line(&rest, &line) || span_trim(line).len == 0 ||
                    span_trim(line).len > CONFIG_SHARE_PASSWORD_MAX ||
                    span_find_byte(line, '\0') >= 0)) {
        buf_printf(errors,
                   "[share]: `password-file` has no password of 1 to %d bytes in "
                   "its first line\n",
                   CONFIG_SHARE_PASSWORD_MAX);
        is_good = false;
    }
    line = span_trim(line);
    if (is_good)
        out->share_password = mem_copy_text(line.ptr, line.len);
    buf_fini(&text);
    return is_good;
}

bool
guard_read_share(struct config *c, struct buf *errors)
{
    struct config_gate gate;
    bool is_good = true;

    if (!config_has_share(c))
        return true;
    config_gate_init(&gate);
    must(load_gate_lines(&c->gate, &gate, errors)); /* as the loader has */
    is_good = read_secret(&gate.share, c, errors) &&
              (!gate.share.password_file[0] || read_password(&gate.share, c, errors));
    config_gate_fini(&gate);
    return is_good;
}

char *
guard_share_groups(const struct config *c)
{
    struct config_gate_listen where;
    struct config_gate gate;
    struct buf text = {0};
    struct stat st;

    config_gate_init(&gate);
    must(load_gate_lines(&c->gate, &gate, &text)); /* as the loader has */
    if (config_gate_listen_read(span_of(gate.share.redis), &where, &text) &&
        where.path[0] && stat(where.path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_gid)
        buf_printf(&text, "%u", (unsigned)st.st_gid);
    config_gate_fini(&gate);
    if (text.len)
        return buf_detach(&text);
    buf_fini(&text);
    return NULL;
}
