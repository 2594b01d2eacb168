/* Fuzz target: a greylist's log, with a key that is known, as it is opened, changed, and
 * opened again: what was there the first time is there the second. */
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "gate/grey_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 32 };

static const struct grey_ages ages = {INT64_C(35) * 86400, INT64_C(2) * 86400};

static void
write_file(const char *folder, const char *name, struct span head, struct span bytes)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0);
    must(write(fd, head.ptr, head.len) == (ssize_t)head.len);
    must(write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    (void)close(fd);
}

/* Mends the checks of records whose first byte is even, so that they are read. */
static void
mend(const struct grey_log *l, uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + GREY_RECORD_BYTES <= size; at += GREY_RECORD_BYTES) {
        uint32_t check = (uint32_t)hash_bytes_fast(l->check, bytes + at, 28);

        if (bytes[at] % 2 == 0)
            memcpy(bytes + at + 28, &check, sizeof(check));
    }
}

/* The head of a log of this folder's key. */
static void
read_head(const char *folder, char head[HEAD_BYTES])
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/greylist.log", folder);
    fd = open(path, O_RDONLY);
    must(fd >= 0 && read(fd, head, HEAD_BYTES) == HEAD_BYTES);
    (void)close(fd);
}

static void
remove_all(const char *folder)
{
    static const char *const names[] = {"greylist.key", "greylist.log", "greylist.new",
                                        "greylist.log.bad"};
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path); /* not all are there */
    }
    must(rmdir(folder) == 0);
}

static void
run(const char *folder, uint8_t *bytes, size_t size)
{
    struct grey_store s;
    struct grey_log_found found;
    char head[HEAD_BYTES];
    uint64_t triplets, clients;

    must(grey_store_open(&s, folder, 1000, ages, &found) == 0);
    mend(&s.log, bytes, size);
    grey_store_close(&s);
    read_head(folder, head);
    write_file(folder, "greylist.log", (struct span){head, size % 7 ? HEAD_BYTES : 5},
               (struct span){(const char *)bytes, size});
    must(grey_store_open(&s, folder, 1000, ages, &found) == 0);
    triplets = s.counts[GREY_TRIPLET];
    clients = s.counts[GREY_CLIENT];
    must(triplets + clients <= found.records);
    must(s.sha1_count <= triplets + clients);
    for (int64_t i = 1; i < 5 || s.log.is_behind; i++) /* it is written anew */
        (void)grey_store_tick(&s, 0, i * 10000);
    grey_store_close(&s);
    must(grey_store_open(&s, folder, 1000, ages, &found) == 0);
    must(found.damaged == 0 && !found.is_aside);
    must(s.counts[GREY_TRIPLET] == triplets && s.counts[GREY_CLIENT] == clients);
    grey_store_close(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char shm[] = "/dev/shm/komainu-grey-XXXXXX";
    static const char tmp[] = "/tmp/komainu-grey-XXXXXX";
    char folder[sizeof(shm)];
    uint8_t *bytes;

    (void)snprintf(folder, sizeof(folder), "%s", access("/dev/shm", W_OK) ? tmp : shm);
    if (size > 4096 || !mkdtemp(folder))
        return 0;
    bytes = mem_zalloc(1, size + 1);
    if (size)
        memcpy(bytes, data, size);
    run(folder, bytes, size);
    mem_free(bytes);
    remove_all(folder);
    return 0;
}
