/* config_scope: ports: those that bans are limited to, and those where connections that
 * are held open are looked for.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_PORTS_MAX = 64, /* ranges of one scope */
    CONFIG_SLOTS_EVERY_MAX_S = 600,
    CONFIG_SLOTS_FLOOR_MAX = 10000,
};

/* Packets of somebody banned are dropped, or answered by a reset or "unreachable". */
enum block_type { BLOCK_DROP, BLOCK_REJECT };

/* A list of ports that bans can be limited to (none: all), and how they are closed. Scope
 * 0 is always "all ports, drop". */
struct config_ports {
    uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
    uint16_t first, last;
};

struct config_scope {
    struct config_ports ports[CONFIG_PORTS_MAX];
    size_t count;
    enum block_type block;
};

/* Connections that are held open, of which rules may count the events. */
struct config_slots {
    struct config_ports ports[CONFIG_PORTS_MAX]; /* where they are looked for */
    size_t count;
    int64_t every_s; /* from one sample to the next, 1..CONFIG_SLOTS_EVERY_MAX_S */
    uint32_t floor;  /* so many of one address are told, 2..CONFIG_SLOTS_FLOOR_MAX */
};

/* "drop", "reject". */
const char *config_block_name(enum block_type block);
