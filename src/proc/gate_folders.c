/* gate_folders: the folders of files that are read again while the gate runs.
 *
 * The sandbox knows folders and no names: one that is made later, or put in the place of
 * one, is none of those that were opened to us.
 */
#include <sys/stat.h>

#include "gate_decide.h"

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

static void
look(const char *path, uint64_t *device, uint64_t *inode)
{
    struct stat st;

    *device = *inode = 0;
    if (stat(path, &st) != 0)
        return;
    *device = st.st_dev;
    *inode = st.st_ino;
}

void
gate_find_folders(const struct config_gate *c, struct gate_folders *out)
{
    add_files(&c->greylist.clients, out);
    add_files(&c->greylist.recipients, out);
    add_files(&c->greylist.only_recipients, out);
    if (c->asn_database[0])
        add_folder(span_of(c->asn_database), out);
    if (config_spf_users(&c->spf).len)
        add_folder(config_spf_users(&c->spf), out);
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct config_restrictions *r = &c->profiles[i].restrictions;

        for (size_t k = 0; k < GATE_LISTS; k++)
            add_tables(&r->lists[k], out);
        for (size_t k = 0; k < r->classes.count; k++)
            add_tables(&r->classes.items[k].list, out);
    }
    for (size_t i = 0; i < out->count; i++)
        look(out->paths[i], &out->devices[i], &out->inodes[i]);
}

void
gate_watch_folders(struct gate *g)
{
    struct gate_folders *f = &g->folders;
    struct buf line = {0};

    for (size_t i = 0; i < f->count && !f->is_new_told; i++) {
        uint64_t device, inode;

        look(f->paths[i], &device, &inode);
        if (!inode || (device == f->devices[i] && inode == f->inodes[i]))
            continue;
        f->is_new_told = true;
        gate_log_value(&line, "folder", span_of(f->paths[i]));
        if (g->may_begin_anew) {
            log_line(g->log, LOG_LEVEL_INFO, "gate-begins-anew", "%s what=\"%s\"",
                     line.ptr + 1, "the folder was not there, or is another one now");
            loop_stop(g->loop);
        } else {
            log_line(g->log, LOG_LEVEL_WARNING, "gate-folder-shut", "%s what=\"%s\"",
                     line.ptr + 1, "made after the gate was started: start it anew");
        }
    }
    buf_fini(&line);
}
