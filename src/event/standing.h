/* standing: how the watch sees a client, in a word. Judge says it, the gate goes by it.
 */
#pragma once

enum standing {
    STANDING_NEUTRAL, /* nothing is known of it, or nobody watches */
    STANDING_BANNED,  /* a ban in force is around it that closes the ports of SMTP */
    STANDING_SUSPECT, /* there is something against it, but no such ban */
    STANDING_KNOWN,   /* allowed, or somebody has logged in from there */
    STANDINGS,
};
