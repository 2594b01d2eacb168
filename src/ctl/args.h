/* args: a command line read against the command table. */
#pragma once

#include "ctl/command.h"

enum args_result {
    ARGS_RUN,     /* args->command is to be run */
    ARGS_HELP,    /* the help of args->command is wanted, or all of it when NULL */
    ARGS_VERSION, /* --version */
    ARGS_MAN,     /* --dump-man */
    ARGS_MAN_JA,  /* --dump-man ja */
    ARGS_BASH,    /* --print-completion bash */
    ARGS_ZSH,     /* --print-completion zsh */
    ARGS_WRONG,   /* `error` says "NOUN: message" */
};

/* Reads argv[1...]. The caller ends with args_fini() whatever the result. */
NODISCARD enum args_result args_parse(int argc, char **argv, struct ctl_args *args,
                                      struct buf *error);

/* Frees what args_parse() allocated; zeroed args are legal. */
void args_fini(struct ctl_args *args);

/* The times of --since and --until: `*from_us` of 0 and `*to_us` of INT64_MAX are what is
 * not given. False, and `error` says so, when nothing can be in between. */
NODISCARD bool args_range(const struct ctl_args *args, int64_t now_us, int64_t *from_us,
                          int64_t *to_us, struct buf *error);

/* Reads a duration as the configuration writes it ("90s", "2h30m", "-1"), or "permanent".
 * `*s` is 1 or more, at most 100 years, or -1 for permanent. */
NODISCARD bool args_parse_time(struct span text, int64_t *s);
