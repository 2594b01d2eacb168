/* slots: connections that are held open and idle, as samples of the machine's sockets
 * show them. Who holds many keeps others out and leaves no line in any log.
 *
 * A connection is idle while it moves, both ways together, at most SLOTS_BYTES_PER_S:
 * less than a session of SMTP, more than a byte now and then against a server's timeout.
 * It counts once that has lasted SLOTS_SAMPLES samples. Pure counting; no clock, no I/O.
 *
 *     slots_begin(&s, now_us);
 *     slots_note(&s, &connection);       of each, in any order
 *     count = slots_end(&s, &config->slots, &groups);
 *     mem_free(groups);
 */
#pragma once

#include "base/table.h"
#include "conf/config.h"

enum {
    SLOTS_KNOWN_MAX = 65536, /* connections looked at in a sample */
    SLOTS_TOLD_MAX = 256,    /* groups told of a sample; they fit in a packet */
    SLOTS_SAMPLES = 2,
    SLOTS_BYTES_PER_S = 8,
    /* A network counts with so many times the floor of an address: a /64 is one
     * household, or one server. */
    SLOTS_TIMES4 = 5,
    SLOTS_TIMES6 = 2,
};

/* A connection that a server has taken, as the kernel knows it. */
struct slots_connection {
    uint64_t cookie; /* the kernel's number of the socket, never used again */
    struct addr peer;
    uint16_t port;   /* ours */
    uint64_t moved;  /* bytes, both ways, since it began */
    int64_t idle_us; /* since the last of them */
};

/* Many of one address, or of one network whose addresses have fewer than that each. */
struct slots_group {
    struct addr who;    /* of a network the address with most of them */
    uint32_t addresses; /* 1: of `who` alone; else in its /24 or /64 */
    uint32_t count;     /* connections */
    uint16_t port;      /* of the one that is idle longest */
    int64_t since_us;   /* since when it is */
};

struct slots {
    struct table known; /* cookie -> what was seen of it */
    uint32_t sample;    /* its number */
    int64_t now_us, before_us;
    uint64_t refused; /* of this sample: there was no room */
    bool is_dense;    /* the last sample had `floor` connections or more */
    uint64_t sampled; /* connections in such samples, ever */
    uint64_t dropped; /* left out of one, and groups not told: ever */
};

/* Nothing known. */
void slots_init(struct slots *s);

/* Frees all; a zeroed slots is legal. */
void slots_fini(struct slots *s);

/* Begins a sample at `now_us`, since boot. */
void slots_begin(struct slots *s, int64_t now_us);

/* Takes one connection of it. O(1). */
void slots_note(struct slots *s, const struct slots_connection *c);

/* Ends it: forgets what was not noted, and puts who holds `c->floor` or more, most first,
 * into *groups, which the caller frees with mem_free(). How many they are. O(n log n). */
NODISCARD size_t slots_end(struct slots *s, const struct config_slots *c,
                           struct slots_group **groups);

/* The network of an address that a group may be of: a /24 or a /64. */
struct addr slots_network(const struct addr *who);
