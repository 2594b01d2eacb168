/* komainu: the command line. The commands are in ctl/. */
#include <locale.h>

#include "base/clock.h"
#include "ctl/command.h"

int
main(int argc, char **argv)
{
    struct ctl_env env;

    (void)setlocale(LC_CTYPE, ""); /* stays "C" when the locale is unknown */
    clock_load_zone();
    env = ctl_env_standard(getenv("NO_COLOR"), getenv("COLUMNS"), clock_wall_us(),
                           clock_boot_us);
    env.boot_ns = clock_boot_ns;
    return ctl_main(argc, argv, &env);
}
