/* komainu: the command line. The commands are in ctl/; by the name of a program of
 * fail2ban, or with that as its first word, it is that program (compat/). */
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#include "base/clock.h"
#include "compat/client.h"
#include "compat/regex.h"
#include "ctl/command.h"

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

int
main(int argc, char **argv)
{
    struct ctl_env env;

    (void)setlocale(LC_CTYPE, ""); /* stays "C" when the locale is unknown */
    clock_load_zone();
    if (argc > 0 && compat_is_name(argv[0]))
        return be_fail2ban(argc, argv);
    if (argc > 1 && compat_is_name(argv[1]))
        return be_fail2ban(argc - 1, argv + 1);
    env = ctl_env_standard(getenv("NO_COLOR"), getenv("COLUMNS"), clock_wall_us(),
                           clock_boot_us);
    env.boot_ns = clock_boot_ns;
    env.language = ctl_language_of(message_locale());
    if (argc > 0 && regex_is_name(argv[0]))
        return regex_main(argc, argv, &env);
    if (argc > 1 && regex_is_name(argv[1]))
        return regex_main(argc - 1, argv + 1, &env);
    return ctl_main(argc, argv, &env);
}
