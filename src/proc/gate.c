/* komainu-gate: answers an MTA while SMTP is talking; proc/gate.h. */
#include "gate.h"

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return gate_alone(argc - 1, argv + 1);
    (void)fputs("this program is started by komainud, or by `komainu gate run`\n",
                stderr);
    return 1;
}
