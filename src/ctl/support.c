#include "ctl/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/config_print.h"
#include "conf/load.h"
#include "ctl/ask.h"
#include "ctl/redact.h"
#include "ctl/show.h"
#include "doctor/detect.h"
#include "enforce/nft_held.h"

#define TABLE_DEFAULT "komainu"

/* Appends a section's text; what it cannot know it says there, and the others follow. */
typedef void section_fn(const struct ctl_env *env, const struct ctl_args *args,
                        struct buf *out);

static void
add_system(struct buf *out)
{
    char text[4096];
    int fd = open("/etc/os-release", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    struct span rest = {text, n > 0 ? (size_t)n : 0}, line;

    if (fd >= 0)
        (void)close(fd); /* only read */
    while (span_line(&rest, &line))
        if (span_take(&line, SPAN("PRETTY_NAME="))) {
            buf_add_text(out, "system: ");
            text_foreign(out, line);
            buf_add_byte(out, '\n');
        }
}

static void
add_versions(const struct ctl_env *env UNUSED, const struct ctl_args *args UNUSED,
             struct buf *out)
{
    struct utsname u;

    buf_add_text(out, "komainu: " KOMAINU_VERSION "\n");
    if (uname(&u) == 0)
        buf_printf(out, "kernel: %s %s\n", u.release, u.machine);
    add_system(out);
}

/* The status, with the jails and logs that are in it. */
static void
add_status(const struct ctl_env *env, const struct ctl_args *args, struct buf *out)
{
    struct buf error = {0};
    struct answer a = {0};

    if (ask_whole_status(env, args, &a, &error) == CTL_DONE)
        show_status(buf_span(&a.frames), &env->screen, out);
    buf_add(out, buf_span(&error));
    answer_fini(&a);
    buf_fini(&error);
}

/* What was found, and the configuration in force or what is wrong with it. */
static void
add_configuration(const struct ctl_env *env UNUSED, const struct ctl_args *args,
                  struct buf *out)
{
    struct machine *machine = mem_zalloc(1, sizeof(*machine));
    struct config_request request = {
        .directory = args->given[OPT_CONFIG] ? args->value[OPT_CONFIG] : CONFIG_DIRECTORY,
        .is_directory_required = args->given[OPT_CONFIG],
        .machine = machine,
    };
    struct buf errors = {0};
    struct config config = {0};
    bool has_config;

    detect(machine, "");
    has_config = config_load(&request, &config, &errors) >= 0;
    detect_print(machine, has_config ? &config : NULL, out);
    buf_add_text(out, "\n== configuration ==\n");
    if (has_config)
        config_print(&config, out);
    buf_add(out, buf_span(&errors));
    config_fini(&config);
    buf_fini(&errors);
    mem_free(machine);
}

static void
add_names(const char *what, const struct buf *names, struct buf *out)
{
    for (const char *n = nft_held_first(names); n; n = nft_held_next(names, n)) {
        buf_printf(out, "%s ", what);
        text_foreign(out, span_of(n));
        buf_add_byte(out, '\n');
    }
}

/* Chains and sets of our table, never what is in them. */
static void
add_table(const struct ctl_env *env UNUSED, const struct ctl_args *args, struct buf *out)
{
    const char *table = args->given[OPT_TABLE] ? args->value[OPT_TABLE] : TABLE_DEFAULT;
    struct nl_socket s = {.fd = -1};
    struct nft_held held = {0};
    int rc = nl_open(&s, NETLINK_NETFILTER);

    if (rc == 0)
        rc = nft_held_read(&held, &s, table);
    if (rc == 0) {
        add_names("chain", &held.chains, out);
        add_names("set", &held.sets, out);
    } else {
        buf_printf(out, "table inet %s cannot be read: %s\n", table, strerror(-rc));
    }
    nft_held_fini(&held);
    nl_close(&s);
}

static void
collect(const struct ctl_env *env, const struct ctl_args *args, struct buf *out)
{
    static const struct {
        const char *title;
        section_fn *fn;
    } sections[] = {{"versions", add_versions},
                    {"status", add_status},
                    {"detect", add_configuration},
                    {"nftables", add_table}};

    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        buf_printf(out, "%s== %s ==\n", i ? "\n" : "", sections[i].title);
        sections[i].fn(env, args, out);
        if (out->len && out->ptr[out->len - 1] != '\n')
            buf_add_byte(out, '\n');
    }
}

/* A new file that only its owner reads; one that is there is left as it is. */
static enum ctl_exit
write_file(const char *path, struct ctl_output *o)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -errno : ctl_flush(fd, &o->out);

    if (fd >= 0 && close(fd) != 0 && rc == 0)
        rc = -errno;
    buf_clear(&o->out);
    if (rc == 0)
        return CTL_DONE;
    text_foreign(&o->error, span_of(path));
    buf_printf(&o->error, ": %s", strerror(-rc));
    return rc == -EEXIST ? CTL_USAGE : CTL_INTERNAL;
}

enum ctl_exit
support_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct ctl_env plain = *env;
    struct buf text = {0};
    struct utsname u = {0};
    struct redact r;

    plain.screen.is_coloured = false;
    collect(&plain, args, &text);
    if (args->given[OPT_WITH_ADDRESSES]) {
        buf_add(&o->out, buf_span(&text));
    } else {
        if (uname(&u) != 0)
            u.nodename[0] = '\0';
        redact_init(&r, span_of(u.nodename));
        redact_add(&r, buf_span(&text), &o->out);
        redact_fini(&r);
    }
    buf_fini(&text);
    return args->given[OPT_OUTPUT] ? write_file(args->value[OPT_OUTPUT], o) : CTL_DONE;
}
