#include "report/judged.h"

#include "base/mem.h"

struct judged_text
judged_text_of(struct span text)
{
    struct judged_text t = {.len = (uint8_t)span_head(text, JUDGED_NAME_MAX).len};

    if (t.len)
        memcpy(t.text, text.ptr, t.len);
    return t;
}

struct span
judged_span(const struct judged_text *text)
{
    return (struct span){text->text, text->len};
}

struct judged_group *
judged_add_group(struct judged *j)
{
    if (j->group_count == JUDGED_GROUPS_MAX) {
        j->dropped++;
        return NULL;
    }
    j->groups = mem_realloc(j->groups, j->group_count + 1, sizeof(*j->groups));
    j->groups[j->group_count] = (struct judged_group){0};
    return &j->groups[j->group_count++];
}

struct judged_alert *
judged_add_alert(struct judged *j)
{
    if (j->alert_count == JUDGED_ALERTS_MAX) {
        j->dropped++;
        return NULL;
    }
    j->alerts = mem_realloc(j->alerts, j->alert_count + 1, sizeof(*j->alerts));
    j->alerts[j->alert_count] = (struct judged_alert){0};
    return &j->alerts[j->alert_count++];
}

void
judged_copy(struct judged *to, const struct judged *from)
{
    *to = *from;
    to->groups = mem_zalloc(from->group_count + 1, sizeof(*to->groups));
    to->alerts = mem_zalloc(from->alert_count + 1, sizeof(*to->alerts));
    if (from->group_count)
        memcpy(to->groups, from->groups, from->group_count * sizeof(*to->groups));
    if (from->alert_count)
        memcpy(to->alerts, from->alerts, from->alert_count * sizeof(*to->alerts));
}

void
judged_free(struct judged *j)
{
    mem_free(j->groups);
    mem_free(j->alerts);
    *j = (struct judged){0};
}
