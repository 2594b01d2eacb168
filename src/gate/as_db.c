#include "gate/as_db.h"

#include <unistd.h>

#include "base/mem.h"
#include "gate/access_file.h"
#include "gate/kept_file.h"
#include "where/address_db.h"

enum { TROUBLE_MAX = 2048 };

#define COPY "asn.mmdb" /* in the folder, while it is opened */

struct as_db {
    struct access_file file;
    const char *folder;
    struct address_db *open; /* NULL: it was never read */
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

void
as_db_free(struct as_db *db)
{
    if (!db)
        return;
    address_db_close(db->open);
    mem_free(db->trouble);
    mem_free(db->path);
    mem_free(db);
}

bool
as_db_find(const struct as_db *db, const struct addr *who, uint32_t *out)
{
    uint32_t entry;

    return db && db->open && address_db_find(db->open, who, &entry) &&
           address_db_number(db->open, entry, out);
}

/* --- the file --- */

/* What is in no folder any more stays as long as it is open. */
static const char *
open_copy(const struct as_db *db, struct span text, struct address_db **out)
{
    const char *wrong;
    struct buf path = {0};
    int e;

    buf_printf(&path, "%s/" COPY, db->folder);
    e = kept_file_write(path.ptr, text);
    wrong = e ? strerror(-e) : address_db_open(out, path.ptr, ADDRESS_DB_NUMBERS);
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
    struct address_db *fresh = NULL;

    switch (access_file_read(&db->file, &text, why)) {
    case ACCESS_FILE_SAME:
        break;
    case ACCESS_FILE_BAD:
        outcome = AS_DB_BAD;
        break;
    case ACCESS_FILE_READ:
        wrong = db->folder ? open_copy(db, buf_span(&text), &fresh)
                           : address_db_open(&fresh, db->path, ADDRESS_DB_NUMBERS);
        outcome = wrong ? AS_DB_BAD : AS_DB_LOADED;
        break;
    }
    if (wrong)
        buf_printf(why, "%s: %s", db->path, wrong);
    if (outcome == AS_DB_LOADED) {
        address_db_close(db->open);
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
