/* audit_names: which logs are read. */
#include <unistd.h>

#include "base/mem.h"
#include "conf/globs.h"
#include "ctl/audit_parts.h"
#include "ctl/local.h"
#include "ctl/rotated.h"

static bool
add_name(char **names, size_t *count, const char *name, struct buf *error)
{
    if (*count == AUDIT_LOGS_MAX) {
        buf_printf(error, "more than %d logs: name fewer", AUDIT_LOGS_MAX);
        return false;
    }
    names[(*count)++] = mem_copy_text(name, strlen(name));
    return true;
}

static bool
add_rotated(char **names, size_t *count, const char *name, struct buf *error)
{
    struct rotated found = {0};
    bool is_good = rotated_find(name, &found, error);

    for (size_t i = 0; i < found.count && is_good; i++)
        is_good = add_name(names, count, found.names[i], error);
    rotated_fini(&found);
    return is_good;
}

/* The files that the jails of the configuration read. */
static bool
add_configured(const struct ctl_args *args, char **names, size_t *count,
               struct buf *error)
{
    struct config config;
    bool is_good = local_load(args, &config, error);

    if (is_good) {
        globs_expand(&config);
        for (size_t i = 0; i < config.source_count && is_good; i++) {
            if (config.sources[i].kind == SOURCE_FILE &&
                (args->given[OPT_FOLLOW] || access(config.sources[i].path, F_OK) == 0))
                is_good = add_name(names, count, config.sources[i].path, error);
        }
        if (is_good && *count == 0) {
            buf_add_text(
                error, "no log file that the configuration reads is there; name the LOG");
            is_good = false;
        }
        config_fini(&config);
    }
    return is_good;
}

bool
audit_find_names(struct audit *a, char **names, size_t *count)
{
    const struct ctl_args *args = a->args;
    char *found[AUDIT_LOGS_MAX];
    size_t found_count = 0;
    bool is_good = true;

    for (size_t i = 0; i < args->word_count && is_good; i++)
        is_good = add_name(found, &found_count, args->words[i], &a->o->error);
    if (args->word_count == 0)
        is_good = add_configured(args, found, &found_count, &a->o->error);
    for (size_t i = 0; i < found_count; i++) {
        bool is_file = !span_eq(span_of(found[i]), SPAN("-"));

        if (is_good && args->given[OPT_ROTATED] && is_file)
            is_good = add_rotated(names, count, found[i], &a->o->error);
        else if (is_good)
            is_good = add_name(names, count, found[i], &a->o->error);
        mem_free(found[i]);
    }
    return is_good;
}
