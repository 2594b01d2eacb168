/* journal: the process that reads the systemd journal, and can do nothing else.
 *
 * libsystemd parses files here, and nowhere else. The reader opens the journals of the
 * configuration itself (Landlock lets it read in their folders), waits for who wants a
 * source (the sensor those of jails, the reporter the one that it counts) to say where it
 * begins, and sends what its match wants as JOURNAL_ENTRY frames. It keeps nothing: a new
 * sensor, or a new reader, begins where the sensor says. When the sensor does not read,
 * the reader stops reading for it, and goes on for the reporter, and the other way round;
 * it drops nothing.
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

/* The way to who is read for. */
struct reader_link {
    struct reader *reader;
    enum wire_role who;
    struct chan chan; /* fd -1: nobody is there */
    struct loop_fd watch;
    struct buf packet;  /* being filled */
    struct buf waiting; /* whole packets, each with its length (u32) in front */
};

enum { READER_SENSOR, READER_REPORTER, READER_LINKS };

struct reader_source {
    struct reader *reader;
    struct reader_link *link; /* NULL: the entry is not used */
    uint16_t index;           /* what who is read for calls it */
    const char *name;         /* for the log */
    const char *folder;
    struct span match;
    struct journal *journal; /* NULL: could not be opened, or failed */
    struct loop_fd watch;
    bool is_wanted; /* the sensor said where to begin */
    bool has_begun; /* and there it was begun */
    bool is_due;    /* there may be something to read */
    int64_t since_us;
    int64_t known_us;                    /* what was there at this time is sent */
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
    struct reader_source *sources; /* one an entry of the configuration, used or not, and
                                      the one that is counted */
    size_t source_count;
    struct reader_folder folders[SANDBOX_FOLDERS_MAX];
    size_t folder_count;
    struct reader_link links[READER_LINKS];
    struct buf text;        /* of the entry at hand */
    struct loop_timer more; /* armed at once when a round left something unread */
    struct loop_timer look; /* looks for folders that came, and tries again what failed */
};

/* --- journal_link.c: the ways to the sensor and the reporter --- */

/* Nobody is there yet. */
void reader_prepare_links(struct reader *r);

/* Takes the socket to a new sensor or reporter; every source of it waits for its word. */
void reader_take_neighbour(struct reader_link *l, int fd);

/* Whether the socket takes more; what did not go is sent first. */
bool reader_can_send(struct reader_link *l);

/* Sends an entry, later if need be. */
void reader_send_entry(struct reader *r, const struct reader_source *s,
                       const struct journal_entry *entry);

/* Tells how the source is, once. */
void reader_send_state(struct reader_source *s, enum source_state state, int64_t error);

/* Of the source that is counted: entries behind the last one may be gone; what was there
 * at `time_us` is sent. */
void reader_send_gone(struct reader_source *s);
void reader_send_level(struct reader_source *s, int64_t time_us);

/* Closes the packet and sends it. */
void reader_flush(struct reader_link *l);

/* --- journal_read.c: sources --- */

/* Opens what can be opened and notes the folders; before the sandbox closes. */
void reader_prepare(struct reader *r);

/* Who is read for says where a source begins. False: the cursor is none. */
NODISCARD bool reader_begin(struct reader *r, struct reader_source *s, int64_t since_us,
                            struct span cursor);

/* Reads until nothing is left, who is read for is behind, or komainud needs a turn. */
void reader_round(struct reader *r);

/* Prints the journal in `folder` ("": this machine's), what `match`, a normal form, wants
 * of it that was written at `since_us` or later, to the standard output; the exit status.
 */
int journal_print(const char *folder, const char *match, int64_t since_us);
