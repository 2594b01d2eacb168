#include "gate/as_db.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/access_file.h"
#include "gate/kept_file.h"

enum {
    ENTRIES_TRIED = 1000, /* of a file, until one has an AS: not each has in some */
    NODES_TRIED = 1 << 20,
    TROUBLE_MAX = 2048,
};

#define COPY "asn.mmdb" /* in the folder, while it is opened */

struct as_db {
    struct access_file file;
    const char *folder;
    MMDB_s *open; /* NULL: it was never read */
    char *path, *trouble;
};

void
as_db_new(struct as_db **out, const char *path, const char *folder)
{
    struct as_db *db = mem_zalloc(1, sizeof(*db));

    db->path = mem_copy_text(path, strlen(path));
    db->file.path = db->path;
    db->folder = folder;
    *out = db;
}

static void
close_file(MMDB_s *file)
{
    if (file)
        MMDB_close(file);
    mem_free(file);
}

void
as_db_free(struct as_db *db)
{
    if (!db)
        return;
    close_file(db->open);
    mem_free(db->trouble);
    mem_free(db->path);
    mem_free(db);
}

/* --- what an entry says --- */

static bool
read_number(const MMDB_entry_data_s *data, uint32_t *out)
{
    struct span text;
    uint64_t n;

    if (data->type == MMDB_DATA_TYPE_UINT32 || data->type == MMDB_DATA_TYPE_UINT16) {
        *out = data->type == MMDB_DATA_TYPE_UINT32 ? data->uint32 : data->uint16;
        return *out != 0;
    }
    if (data->type != MMDB_DATA_TYPE_UTF8_STRING)
        return false;
    text = (struct span){data->utf8_string, data->data_size};
    (void)span_take(&text, SPAN("AS"));
    if (!span_u64(text, 1, UINT32_MAX, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool
read_entry(const MMDB_entry_s *entry, uint32_t *out)
{
    static const char *const paths[][3] = {
        {"autonomous_system_number"}, {"traits", "autonomous_system_number"}, {"asn"}};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        MMDB_entry_s start = *entry;
        MMDB_entry_data_s data = {0};

        if (MMDB_aget_value(&start, &data, paths[i]) == MMDB_SUCCESS && data.has_data &&
            read_number(&data, out))
            return true;
    }
    return false;
}

bool
as_db_find(const struct as_db *db, const struct addr *who, uint32_t *out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.any = {.sa_family = AF_UNSPEC}};
    MMDB_lookup_result_s found;
    int e = MMDB_SUCCESS;

    if (!db || !db->open || who->family == 0)
        return false;
    if (who->family == 4) {
        name.v4.sin_family = AF_INET;
        memcpy(&name.v4.sin_addr, who->bytes, 4);
    } else {
        name.v6.sin6_family = AF_INET6;
        memcpy(&name.v6.sin6_addr, who->bytes, 16);
    }
    found = MMDB_lookup_sockaddr(db->open, &name.any, &e);
    return e == MMDB_SUCCESS && found.found_entry && read_entry(&found.entry, out);
}

/* --- the file --- */

/* Whether one of its first entries has an AS: a file of countries has none. One without
 * entries is good. */
static bool
has_numbers(const MMDB_s *file)
{
    uint32_t number, entries = 0;
    MMDB_search_node_s node;

    for (uint32_t i = 0;
         i < file->metadata.node_count && i < NODES_TRIED && entries < ENTRIES_TRIED &&
         MMDB_read_node(file, i, &node) == MMDB_SUCCESS;
         i++) {
        bool is_left = node.left_record_type == MMDB_RECORD_TYPE_DATA;
        bool is_right = node.right_record_type == MMDB_RECORD_TYPE_DATA;

        if ((is_left && read_entry(&node.left_record_entry, &number)) ||
            (is_right && read_entry(&node.right_record_entry, &number)))
            return true;
        entries += is_left + is_right;
    }
    return entries == 0;
}

static const char *
open_file(const char *path, MMDB_s **out)
{
    MMDB_s *file = mem_zalloc(1, sizeof(*file));
    int e = MMDB_open(path, MMDB_MODE_MMAP, file);

    if (e != MMDB_SUCCESS) {
        mem_free(file);
        return e == MMDB_IO_ERROR ? strerror(errno) : MMDB_strerror(e);
    }
    if (!has_numbers(file)) {
        close_file(file);
        return "its entries have no number of an AS; name a file such as "
               "GeoLite2-ASN.mmdb";
    }
    *out = file;
    return NULL;
}

/* What is in no folder any more stays as long as it is open. */
static const char *
open_copy(const struct as_db *db, struct span text, MMDB_s **out)
{
    const char *wrong;
    struct buf path = {0};
    int e;

    buf_printf(&path, "%s/" COPY, db->folder);
    e = kept_file_write(path.ptr, text);
    wrong = e ? strerror(-e) : open_file(path.ptr, out);
    (void)unlink(path.ptr); /* what stays is written over */
    buf_fini(&path);
    return wrong;
}

static enum as_db_outcome
refresh(struct as_db *db, struct buf *why)
{
    struct buf text = {.limit = ACCESS_FILE_MAX};
    enum as_db_outcome outcome = AS_DB_SAME;
    const char *wrong = NULL;
    MMDB_s *fresh = NULL;

    switch (access_file_read(&db->file, &text, why)) {
    case ACCESS_FILE_SAME:
        break;
    case ACCESS_FILE_BAD:
        outcome = AS_DB_BAD;
        break;
    case ACCESS_FILE_READ:
        wrong = db->folder ? open_copy(db, buf_span(&text), &fresh)
                           : open_file(db->path, &fresh);
        outcome = wrong ? AS_DB_BAD : AS_DB_LOADED;
        break;
    }
    if (wrong)
        buf_printf(why, "%s: %s", db->path, wrong);
    if (outcome == AS_DB_LOADED) {
        close_file(db->open);
        db->open = fresh;
    }
    buf_fini(&text);
    return outcome;
}

enum as_db_outcome
as_db_refresh(struct as_db *db, struct buf *why)
{
    struct buf what = {.limit = TROUBLE_MAX};
    enum as_db_outcome outcome = refresh(db, &what);

    if (outcome != AS_DB_SAME) {
        mem_free(db->trouble);
        db->trouble = NULL;
    }
    if (outcome == AS_DB_BAD) {
        db->trouble = mem_copy_text(what.ptr, what.len);
        buf_add(why, buf_span(&what));
    }
    buf_fini(&what);
    return outcome;
}

const char *
as_db_path(const struct as_db *db)
{
    return db->path;
}

bool
as_db_is_read(const struct as_db *db)
{
    return db->open != NULL;
}

const char *
as_db_trouble(const struct as_db *db)
{
    return db->trouble ? db->trouble : "";
}
