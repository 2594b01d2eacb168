/* grey_key: what a triplet is known by.
 *
 * First the text that postgrey 1.37 makes, byte for byte, so that its database can be
 * taken over: NET/SENDER/RECIPIENT in lower case. NET is the network of the client
 * without its length (of IPv6 all eight words), or with lookup-by-host the address and
 * its width; in SENDER the tag of a BATV address, an extension behind + and words of
 * digits are gone. Then, if asked for, what other senders change with each mail. Of the
 * text a keyed hash of 128 bits is kept.
 *
 * Nothing is allocated once a buf has its size. Values are cut at GREY_VALUE_MAX bytes,
 * as postgrey does.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/hash.h"

enum { GREY_VALUE_MAX = 512 };

struct grey_key_options {
    bool is_by_host;
    uint8_t ipv4_bits, ipv6_bits;
    bool has_tokens; /* grey_sender_tokens() too */
};

/* The secret of an install: whoever has it can try out who is known. */
struct grey_secret {
    struct hash_key a, b;
};

/* A hash of 128 bits; equal keys are equal triplets. */
struct grey_key {
    uint64_t a, b;
};

/* Appends a sender as postgrey knows it:
 *     prvs=0123456789=anna@example.org   anna@example.org      (BATV)
 *     list+anna=example.net@example.org  list@example.org
 *     bounce-12-abc3@example.org         bounce-#-abc3@example.org
 * without the lower case. An address without @ stays as it is. */
void grey_sender(struct buf *out, struct span sender);

/* Appends what grey_sender() gave without what else changes from mail to mail: the hash
 * and the day of SRS0 and SRS1 addresses (`SRS0=#=#=example.net=anna`), and words of a
 * local part that are tokens: of 8 hex digits or more with a digit among them, of 16
 * letters and digits of base32 or more with two digits, and words of hex digits right
 * behind such a one (a UUID); each becomes #. */
void grey_sender_tokens(struct buf *out, struct span sender);

/* Appends the client's part of a triplet: "192.0.2.0", "2001:db8:0:0:0:0:0:0". */
void grey_net(struct buf *out, const struct addr *client,
              const struct grey_key_options *options);

/* Appends an address as postgrey_clients.db has it, in lower case. */
void grey_client(struct buf *out, const struct addr *client);

/* Appends /SENDER/RECIPIENT in lower case: what is the same in all triplets that a
 * question may have. `scratch` is emptied and used. */
void grey_mail(struct buf *out, struct span sender, struct span recipient,
               bool has_tokens, struct buf *scratch);

/* Appends CLIENT/SENDER/RECIPIENT in lower case; `client` is text of grey_net(), or what
 * else stands for it, `mail` of grey_mail(). */
void grey_triplet(struct buf *out, struct span client, struct span mail);

/* Cuts a triplet of postgrey's database into its parts, which are borrowed. False when it
 * is none, such as a hash of its option --privacy. */
NODISCARD bool grey_triplet_cut(struct span triplet, struct span *client,
                                struct span *sender, struct span *recipient);

/* The part of a host's name that stands for all the machines of its owner: the last two
 * labels, or three where the last has two letters and the one before at most three
 * (example.co.uk). A name with fewer labels is itself; empty for what is no name. */
struct span grey_pool_name(struct span host);

/* The key of a text; `kind` is a letter that tells apart what must not meet. */
struct grey_key grey_key_of(const struct grey_secret *secret, char kind,
                            struct span text);

/* A secret from the kernel's random numbers. */
struct grey_secret grey_secret_new(void);
