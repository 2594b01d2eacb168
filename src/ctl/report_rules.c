#include "ctl/report_rules.h"

#include <unistd.h>

#include "base/mem.h"
#include "conf/load.h"
#include "ctl/local.h"

static bool
load(const struct ctl_args *args, struct config *out, bool *is_built_in,
     struct buf *error)
{
    bool is_named = args->given[OPT_CONFIG];

    if (is_named || access(CONFIG_DIRECTORY, R_OK | X_OK) == 0) {
        bool is_good = local_load(args, out, error);

        *is_built_in = false;
        if (is_good && attack_rules_judge_mail(out))
            return true;
        if (is_good)
            config_fini(out);
        else if (is_named)
            return false;
        else
            buf_add_text(error, "judged by the rules that are built in\n");
    }
    *is_built_in = true;
    return attack_rules_load_built_in(out, error);
}

struct report_rules *
report_rules_load(const struct ctl_args *args, struct buf *error)
{
    struct report_rules *r = mem_zalloc(1, sizeof(*r));
    bool is_built_in;

    if (!load(args, &r->config, &is_built_in, error)) {
        mem_free(r);
        return NULL;
    }
    attack_rules_init(&r->rules, &r->config, is_built_in);
    return r;
}

void
report_rules_free(struct report_rules *r)
{
    if (!r)
        return;
    config_fini(&r->config);
    mem_free(r);
}
