/* gate_folders: the folders of files that are read again while the gate runs. */
#include "gate.h"

static void
add_folder(struct span path, struct gate_folders *out)
{
    ptrdiff_t slash = span_find_last(path, '/');
    struct span folder = span_head(path, slash > 0 ? (size_t)slash : 0);

    for (size_t i = 0; i < out->count; i++)
        if (span_eq(span_of(out->paths[i]), folder))
            return;
    if (folder.len && path.ptr[0] == '/' && out->count < ARRAY_LEN(out->paths) &&
        span_cstr(folder, out->paths[out->count], sizeof(out->paths[0])))
        out->count++;
}

static void
add_files(const struct config_greylist_files *files, struct gate_folders *out)
{
    for (size_t i = 0; i < files->count; i++)
        add_folder(span_of(files->paths[i]), out);
}

/* TYPE:FILE, or TYPE:{...}, which has none. */
static void
add_tables(const struct restriction_list *list, struct gate_folders *out)
{
    struct span type, file;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].table &&
            span_cut(span_of(list->items[i].table), SPAN(":"), &type, &file))
            add_folder(file, out);
}

void
gate_find_folders(const struct config_gate *c, struct gate_folders *out)
{
    add_files(&c->greylist.clients, out);
    add_files(&c->greylist.recipients, out);
    add_files(&c->greylist.only_recipients, out);
    if (config_spf_users(&c->spf).len)
        add_folder(config_spf_users(&c->spf), out);
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct config_restrictions *r = &c->profiles[i].restrictions;

        for (size_t k = 0; k < GATE_LISTS; k++)
            add_tables(&r->lists[k], out);
        for (size_t k = 0; k < r->classes.count; k++)
            add_tables(&r->classes.items[k].list, out);
    }
}
