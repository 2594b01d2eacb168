/* The totals of the version before. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "report/digest.h"
#include "report/keeper.h"
#include "report/print.h"

#define NOW_US (INT64_C(1795312405) * SECOND_US)

struct place {
    char path[32];
    int folder;
    struct keeper *k;
};

static void
begin(struct place *w)
{
    *w = (struct place){.path = "/tmp/keeper-test-XXXXXX"};
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
}

static void
end(struct place *w)
{
    keeper_free(w->k);
    (void)unlinkat(w->folder, "totals", 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0);
}

static void
print_day(const struct report_day *d, struct buf *out)
{
    struct document doc;

    document_init(&doc);
    digest_make(&(struct digest){d->tally, d->deeds, SIZE_MAX, .visits = d->visits,
                                 .checks = d->checks, .is_of_totals = true},
                &doc);
    print_text(&doc, LANGUAGE_ENGLISH, &(struct screen){.columns = 200}, out);
    document_fini(&doc);
}

/* Puts what a file of version 1 has around the bytes in the place of "totals". */
static void
put_version_1(const struct place *w, struct span bytes)
{
    uint64_t check = hash_bytes((struct hash_key){1, 2}, bytes.ptr, bytes.len);
    int fd = openat(w->folder, "totals", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct buf file = {0};

    buf_add(&file, SPAN("komainu-totals\n\1"));
    buf_add(&file, (struct span){(const char *)&check, sizeof(check)});
    buf_add(&file, bytes);
    assert_true(fd >= 0 && write(fd, file.ptr, file.len) == (ssize_t)file.len);
    (void)close(fd);
    buf_fini(&file);
}

static void
read_sample(const char *name, struct buf *out)
{
    char path[512], piece[4096];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/fuzz/corpus/report-keeper/%s",
                   getenv("KOMAINU_SOURCE"), name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((n = read(fd, piece, sizeof(piece))) > 0)
        buf_add(out, (struct span){piece, (size_t)n});
    (void)close(fd);
}

/* What was counted before visits and checks were goes on without them: half of a day
 * would be taken for the whole. */
static void
test_the_version_before(void **state UNUSED)
{
    struct place place, *w = &place;
    struct buf before = {0}, after = {0}, sample = {0};
    size_t days;

    begin(w);
    read_sample("a_day_of_version_1", &sample);
    put_version_1(w, buf_span(&sample));
    w->k = keeper_new(w->folder, 100);
    assert_int_equal(keeper_load(w->k, NOW_US), 0);
    days = w->k->open_count;
    assert_true(days > 0 && w->k->source_count > 0);
    for (size_t i = 0; i < days; i++) {
        assert_true(w->k->open[i].day->deeds->lines > 0);
        assert_null(w->k->open[i].day->visits);
        assert_null(w->k->open[i].day->checks);
        print_day(w->k->open[i].day, &before);
    }
    for (size_t i = 0; i < w->k->source_count; i++)
        w->k->sources[i].is_wanted = true;
    assert_int_equal(keeper_save(w->k, w->k->open[days - 1].from_us, false), 0);
    keeper_free(w->k);
    w->k = keeper_new(w->folder, 100);
    assert_int_equal(keeper_load(w->k, NOW_US), 0);
    assert_int_equal(w->k->open_count, days);
    for (size_t i = 0; i < days; i++) {
        assert_null(w->k->open[i].day->visits);
        print_day(w->k->open[i].day, &after);
    }
    assert_string_equal(before.ptr, after.ptr);
    assert_non_null(strstr(before.ptr, "hanako"));
    assert_non_null(strstr(before.ptr, "Totals of an older version"));
    assert_null(strstr(before.ptr, "zen.example")); /* of checks */
    buf_fini(&before);
    buf_fini(&after);
    buf_fini(&sample);
    end(w);
}

/* One that is newer than we are is not taken for anything else. */
static void
test_the_version_behind(void **state UNUSED)
{
    struct place place;
    struct buf sample = {0};
    uint8_t version = 3;
    int fd;

    begin(&place);
    read_sample("a_day_of_version_1", &sample);
    put_version_1(&place, buf_span(&sample));
    fd = openat(place.folder, "totals", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &version, 1, strlen("komainu-totals\n")), 1);
    (void)close(fd);
    place.k = keeper_new(place.folder, 100);
    assert_int_equal(keeper_load(place.k, NOW_US), -EBADMSG);
    buf_fini(&sample);
    end(&place);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_the_version_before),
                                       TEST(test_the_version_behind)};

    return RUN(tests);
}
