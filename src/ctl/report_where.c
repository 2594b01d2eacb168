#include "ctl/report_where.h"

#include <limits.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/load_databases.h"

/* Where programs that fetch them put them. */
static const char *const usual_folders[] = {"/usr/share/GeoIP", "/var/lib/GeoIP", NULL};

/* A file of cities has countries as well, and is bigger. */
static const char *const country_names[] = {"GeoLite2-Country.mmdb",
                                            "GeoIP2-Country.mmdb",
                                            "dbip-country-lite.mmdb",
                                            "GeoLite2-City.mmdb",
                                            "GeoIP2-City.mmdb",
                                            "dbip-city-lite.mmdb",
                                            NULL};
static const char *const system_names[] = {"GeoLite2-ASN.mmdb", "GeoIP2-ISP.mmdb",
                                           "dbip-asn-lite.mmdb", NULL};

/* NULL after telling what is wrong. */
static struct address_db *
open_file(const char *path, enum address_db_use use, struct buf *notes)
{
    struct address_db *db = NULL;
    const char *wrong = address_db_open(&db, path, use);

    if (!wrong)
        return db;
    text_foreign(notes, span_of(path));
    buf_printf(notes, ": not used: %s\n", wrong);
    return NULL;
}

struct address_db *
report_where_find(const char *const *folders, const char *const *names,
                  enum address_db_use use, struct buf *notes)
{
    char path[PATH_MAX];
    struct address_db *db = NULL;

    for (size_t n = 0; names[n] && !db; n++)
        for (size_t f = 0; folders[f] && !db; f++) {
            int len = snprintf(path, sizeof(path), "%s/%s", folders[f], names[n]);

            if (len > 0 && (size_t)len < sizeof(path) && access(path, F_OK) == 0)
                db = open_file(path, use, notes);
        }
    return db;
}

/* `path` NULL: what is found. "" and "no": none. */
static struct address_db *
open_one(const char *path, const char *const *names, enum address_db_use use,
         struct buf *notes)
{
    if (!path)
        return report_where_find(usual_folders, names, use, notes);
    if (path[0] == '\0' || strcmp(path, "no") == 0)
        return NULL;
    return open_file(path, use, notes);
}

void
report_where_open(struct report_where *w, const struct ctl_args *args, struct buf *notes)
{
    struct config_databases named = {0};
    const bool *given = args->given;

    *w = (struct report_where){0};
    load_databases_of(given[OPT_CONFIG] ? args->value[OPT_CONFIG] : CONFIG_DIRECTORY,
                      &named);
    w->countries = open_one(
        given[OPT_COUNTRY_DATABASE] ? args->value[OPT_COUNTRY_DATABASE] : named.countries,
        country_names, ADDRESS_DB_COUNTRIES, notes);
    w->systems =
        open_one(given[OPT_ASN_DATABASE] ? args->value[OPT_ASN_DATABASE] : named.systems,
                 system_names, ADDRESS_DB_NUMBERS, notes);
    w->known = (struct digest_where){w->countries, w->systems};
    config_databases_fini(&named);
}

const struct digest_where *
report_where_known(const struct report_where *w)
{
    return w->countries || w->systems ? &w->known : NULL;
}

void
report_where_close(struct report_where *w)
{
    address_db_close(w->countries);
    address_db_close(w->systems);
    *w = (struct report_where){0};
}
