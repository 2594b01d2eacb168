/* komainu: the command line. The commands are in ctl/; by the name of a program of
 * fail2ban, or with that as its first word, it is that program (compat/). */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crew.h"
#include "base/mem.h"
#include "compat/client.h"
#include "compat/regex.h"
#include "ctl/command.h"
#include "ctl/pflogsumm.h"

/* The name of the locale of messages. setlocale() knows only those that are installed,
 * and we need nothing of them. */
static const char *
message_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *value = NULL;

    for (size_t i = 0; i < ARRAY_LEN(names) && (!value || !value[0]); i++)
        value = getenv(names[i]);
    return value;
}

static int
be_fail2ban(int argc, char **argv)
{
    struct compat_env env = {.in = STDIN_FILENO,
                             .out = STDOUT_FILENO,
                             .err = STDERR_FILENO,
                             .is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                             .pid = (unsigned)getpid(),
                             .wall_us = clock_wall_us};

    return compat_main(argc, argv, &env);
}

/* `gate run`: the gate is a program of its own, beside this one or where it is installed.
 */
static int
be_gate(char **argv)
{
    static const char name[] = "/komainu-gate";
    static char called[] = "komainu-gate";
    struct buf path = {0};
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    ptrdiff_t slash = n > 0 ? span_find_last((struct span){self, (size_t)n}, '/') : -1;

    argv[0] = called;
    if (slash > 0) {
        buf_add(&path, (struct span){self, (size_t)slash});
        buf_add_text(&path, name);
        (void)execv(path.ptr, argv); /* not there: the installed one */
        buf_clear(&path);
    }
    buf_printf(&path, "%s%s", KOMAINU_LIBEXECDIR, name);
    (void)execv(path.ptr, argv);
    (void)fprintf(stderr, "komainu: gate: %s: %s\n", path.ptr, strerror(errno));
    buf_fini(&path);
    return CTL_INTERNAL;
}

static bool
is_gate_run(int argc, char **argv)
{
    return argc > 2 && strcmp(argv[1], "gate") == 0 && strcmp(argv[2], "run") == 0 &&
           !(argc > 3 && (strcmp(argv[3], "--help") == 0 || strcmp(argv[3], "-h") == 0));
}

/* Called by a link of the name postgrey: the gate, with the name as its first word. */
static int
be_postgrey(int argc, char **argv)
{
    static char name[] = "postgrey";
    char **words = mem_zalloc((size_t)argc + 2, sizeof(*words));

    words[1] = name;
    memcpy(words + 2, argv + 1, (size_t)(argc - 1) * sizeof(*words));
    return be_gate(words);
}

static bool
is_postgrey(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, "postgrey") == 0;
}

/* By a link of the name pflogsumm, with that as the first word, or as a kind of report:
 * how many words stand before its own; -1: it is not asked for. */
static int
pflogsumm_words(int argc, char **argv)
{
    if (argc > 0 && pflogsumm_is_name(argv[0]))
        return 0;
    if (argc > 1 && strcmp(argv[1], "pflogsumm") == 0)
        return 1;
    if (argc > 2 && strcmp(argv[1], "report") == 0 && strcmp(argv[2], "--pflogsumm") == 0)
        return 2;
    return -1;
}

int
main(int argc, char **argv)
{
    struct ctl_env env;
    int skip;

    (void)setlocale(LC_CTYPE, ""); /* stays "C" when the locale is unknown */
    clock_load_zone();
    if (argc > 0 && compat_is_name(argv[0]))
        return be_fail2ban(argc, argv);
    if (argc > 1 && compat_is_name(argv[1]))
        return be_fail2ban(argc - 1, argv + 1);
    if (argc > 0 && is_postgrey(argv[0]))
        return be_postgrey(argc, argv);
    if (argc > 1 && strcmp(argv[1], "postgrey") == 0)
        return be_postgrey(argc - 1, argv + 1);
    if (is_gate_run(argc, argv))
        return be_gate(argv + 1);
    env = ctl_env_standard(getenv("NO_COLOR"), getenv("COLUMNS"), clock_wall_us(),
                           clock_boot_us);
    env.boot_ns = clock_boot_ns;
    env.cores = crew_cores();
    env.libexec = KOMAINU_LIBEXECDIR;
    env.language = ctl_language_of(message_locale());
    if (argc > 0 && regex_is_name(argv[0]))
        return regex_main(argc, argv, &env);
    if (argc > 1 && regex_is_name(argv[1]))
        return regex_main(argc - 1, argv + 1, &env);
    skip = pflogsumm_words(argc, argv);
    if (skip >= 0)
        return pflogsumm_main(argc - skip, argv + skip, &env);
    return ctl_main(argc, argv, &env);
}
