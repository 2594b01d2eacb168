#include "where/address_db.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"

enum {
    ENTRIES_TRIED = 1000, /* of a file, until one has it: not each has in some */
    NODES_TRIED = 1 << 20,
    PATH_PARTS_MAX = 3, /* and the NULL behind them is one */
};

struct address_db {
    MMDB_s file;
};

/* Where it stands in an entry. */
typedef const char *const value_path[PATH_PARTS_MAX];

/* --- what an entry says --- */

static bool
find_value(const MMDB_entry_s *entry, value_path *path, MMDB_entry_data_s *out)
{
    MMDB_entry_s start = *entry;

    *out = (MMDB_entry_data_s){0};
    return MMDB_aget_value(&start, out, *path) == MMDB_SUCCESS && out->has_data;
}

static struct span
text_of(const MMDB_entry_data_s *data)
{
    if (data->type != MMDB_DATA_TYPE_UTF8_STRING)
        return (struct span){0};
    return (struct span){data->utf8_string, data->data_size};
}

static bool
read_number(const MMDB_entry_data_s *data, uint32_t *out)
{
    struct span text = text_of(data);
    uint64_t n;

    if (data->type == MMDB_DATA_TYPE_UINT32 || data->type == MMDB_DATA_TYPE_UINT16) {
        *out = data->type == MMDB_DATA_TYPE_UINT32 ? data->uint32 : data->uint16;
        return *out != 0;
    }
    (void)span_take(&text, SPAN("AS"));
    if (!span_u64(text, 1, UINT32_MAX, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool
entry_number(const MMDB_entry_s *entry, uint32_t *out)
{
    static value_path paths[] = {
        {"autonomous_system_number"}, {"traits", "autonomous_system_number"}, {"asn"}};
    MMDB_entry_data_s data;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (find_value(entry, &paths[i], &data) && read_number(&data, out))
            return true;
    return false;
}

static bool
is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
entry_country(const MMDB_entry_s *entry, char out[2])
{
    static value_path paths[] = {{"country", "iso_code"},
                                 {"country_code"},
                                 {"country"},
                                 {"registered_country", "iso_code"}};
    MMDB_entry_data_s data;
    struct span text;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (!find_value(entry, &paths[i], &data))
            continue;
        text = text_of(&data);
        if (text.len != 2 || !is_capital(text.ptr[0]) || !is_capital(text.ptr[1]))
            continue;
        memcpy(out, text.ptr, 2);
        return true;
    }
    return false;
}

static MMDB_entry_s
entry_at(const struct address_db *db, uint32_t entry)
{
    return (MMDB_entry_s){.mmdb = &db->file, .offset = entry};
}

bool
address_db_number(const struct address_db *db, uint32_t entry, uint32_t *out)
{
    MMDB_entry_s at = entry_at(db, entry);

    return entry_number(&at, out);
}

bool
address_db_country(const struct address_db *db, uint32_t entry, char out[2])
{
    MMDB_entry_s at = entry_at(db, entry);

    return entry_country(&at, out);
}

struct span
address_db_name(const struct address_db *db, uint32_t entry)
{
    static value_path paths[] = {{"autonomous_system_organization"},
                                 {"traits", "autonomous_system_organization"},
                                 {"as_name"}};
    MMDB_entry_s at = entry_at(db, entry);
    MMDB_entry_data_s data;
    struct span text = {0};

    for (size_t i = 0; i < ARRAY_LEN(paths) && text.len == 0; i++)
        if (find_value(&at, &paths[i], &data))
            text = text_of(&data);
    return span_head(text, ADDRESS_DB_NAME_MAX);
}

bool
address_db_find(const struct address_db *db, const struct addr *who, uint32_t *entry)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.any = {.sa_family = AF_UNSPEC}};
    MMDB_lookup_result_s found;
    int e = MMDB_SUCCESS;

    if (who->family == 0)
        return false;
    if (who->family == 4) {
        name.v4.sin_family = AF_INET;
        memcpy(&name.v4.sin_addr, who->bytes, 4);
    } else {
        name.v6.sin6_family = AF_INET6;
        memcpy(&name.v6.sin6_addr, who->bytes, 16);
    }
    found = MMDB_lookup_sockaddr(&db->file, &name.any, &e);
    if (e != MMDB_SUCCESS || !found.found_entry)
        return false;
    *entry = found.entry.offset;
    return true;
}

/* --- the file --- */

static bool
has_value(const MMDB_entry_s *entry, enum address_db_use use)
{
    uint32_t number;
    char code[2];

    return use == ADDRESS_DB_NUMBERS ? entry_number(entry, &number)
                                     : entry_country(entry, code);
}

/* Whether one of its first entries has it: a file of countries has no AS. One without
 * entries is good. */
static bool
has_any(const MMDB_s *file, enum address_db_use use)
{
    MMDB_search_node_s node;
    uint32_t entries = 0;

    for (uint32_t i = 0;
         i < file->metadata.node_count && i < NODES_TRIED && entries < ENTRIES_TRIED &&
         MMDB_read_node(file, i, &node) == MMDB_SUCCESS;
         i++) {
        bool is_left = node.left_record_type == MMDB_RECORD_TYPE_DATA;
        bool is_right = node.right_record_type == MMDB_RECORD_TYPE_DATA;

        if ((is_left && has_value(&node.left_record_entry, use)) ||
            (is_right && has_value(&node.right_record_entry, use)))
            return true;
        entries += is_left + is_right;
    }
    return entries == 0;
}

const char *
address_db_open(struct address_db **out, const char *path, enum address_db_use use)
{
    static const char *const without[] = {
        [ADDRESS_DB_NUMBERS] = "its entries have no number of an AS; name a file such as "
                               "GeoLite2-ASN.mmdb",
        [ADDRESS_DB_COUNTRIES] = "its entries have no country; name a file such as "
                                 "GeoLite2-Country.mmdb",
    };
    struct address_db *db = mem_zalloc(1, sizeof(*db));
    int e = MMDB_open(path, MMDB_MODE_MMAP, &db->file), error = errno;

    if (e != MMDB_SUCCESS) {
        mem_free(db);
        return e == MMDB_IO_ERROR || e == MMDB_FILE_OPEN_ERROR ? strerror(error)
                                                               : MMDB_strerror(e);
    }
    if (!has_any(&db->file, use)) {
        address_db_close(db);
        return without[use];
    }
    *out = db;
    return NULL;
}

void
address_db_close(struct address_db *db)
{
    if (!db)
        return;
    MMDB_close(&db->file);
    mem_free(db);
}
