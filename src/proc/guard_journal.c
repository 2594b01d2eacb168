#include "guard_parts.h"

#include "base/sandbox.h"
#include "source/journal_files.h"

bool
guard_reads_journal(const struct config *c)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].kind == SOURCE_JOURNAL)
            return true;
    return config_counts_journal(c);
}

char *
guard_journal_groups(const struct guard *g)
{
    gid_t groups[SANDBOX_GROUPS_MAX];
    struct buf text = {0};
    size_t count = 0;

    for (size_t i = 0; i < g->config.source_count; i++)
        if (g->config.sources[i].kind == SOURCE_JOURNAL)
            journal_groups(g->config.sources[i].folder, groups, &count,
                           ARRAY_LEN(groups));
    if (config_counts_journal(&g->config))
        journal_groups(g->config.report.journal, groups, &count, ARRAY_LEN(groups));
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%u", i ? "," : "", (unsigned)groups[i]);
    return count ? buf_detach(&text) : NULL;
}
