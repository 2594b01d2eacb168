/* journal: the process that reads the systemd journal, and can do nothing else.
 *
 * libsystemd parses files here, and nowhere else. The reader opens the journals of the
 * configuration itself (Landlock lets it read in their folders), waits for the sensor to
 * say where each source begins, and sends what its match wants as JOURNAL_ENTRY frames.
 * It keeps nothing: a new sensor, or a new reader, begins where the sensor says. When the
 * sensor does not read, the reader stops reading; it drops nothing.
 */
#pragma once

#include "role.h"
#include "source/journal.h"
#include "source/journal_files.h"
#include "wire/meaning.h"

enum {
    READER_ROUND = 256,           /* entries of one source before the next one's turn */
    READER_WAITING_MAX = 1 << 18, /* bytes of packets that the socket did not take */
};

struct reader;

struct reader_source {
    struct reader *reader;
    uint16_t index;
    const char *folder;
    struct span match;
    struct journal *journal; /* NULL: could not be opened, or failed */
    struct loop_fd watch;
    bool is_wanted; /* the sensor said where to begin */
    bool has_begun; /* and there it was begun */
    bool is_due;    /* there may be something to read */
    int64_t since_us;
    char cursor[JOURNAL_CURSOR_MAX + 1]; /* of the entry that was sent last; "" */
    enum source_state state;
    int64_t error;
    bool is_state_told;
};

/* A folder as it was when Landlock closed: another of its name cannot be read. */
struct reader_folder {
    const char *path;
    uint64_t device, inode; /* 0: it was not there */
};

struct reader {
    struct role role;
    struct reader_source *sources; /* one an entry of the configuration, used or not */
    struct reader_folder folders[SANDBOX_FOLDERS_MAX];
    size_t folder_count;
    struct chan sensor; /* fd -1: none */
    struct loop_fd sensor_watch;
    struct buf packet;      /* being filled */
    struct buf waiting;     /* whole packets, each with its length (u32) in front */
    struct buf text;        /* of the entry at hand */
    struct loop_timer more; /* armed at once when a round left something unread */
    struct loop_timer look; /* looks for folders that came, and tries again what failed */
};

/* --- journal_link.c: the way to the sensor --- */

/* Takes the socket to a new sensor; every source waits for its word. */
void reader_take_sensor(struct reader *r, int fd);

/* Whether the socket takes more; what did not go is sent first. */
bool reader_can_send(struct reader *r);

/* Sends an entry, later if need be. */
void reader_send_entry(struct reader *r, const struct reader_source *s,
                       const struct journal_entry *entry);

/* Tells the sensor how the source is, once. */
void reader_send_state(struct reader *r, struct reader_source *s, enum source_state state,
                       int64_t error);

/* Closes the packet and sends it. */
void reader_flush(struct reader *r);

/* --- journal_read.c: sources --- */

/* Opens what can be opened and notes the folders; before the sandbox closes. */
void reader_prepare(struct reader *r);

/* The sensor says where a source begins. */
void reader_begin(struct reader *r, struct reader_source *s, int64_t since_us,
                  struct span cursor);

/* Reads until nothing is left, the sensor is behind, or komainud needs a turn. */
void reader_round(struct reader *r);

/* Prints the journal in `folder` ("": this machine's), what `match`, a normal form, wants
 * of it that was written at `since_us` or later, to the standard output; the exit status.
 */
int journal_print(const char *folder, const char *match, int64_t since_us);
