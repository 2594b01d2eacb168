/* judge_providers: from where large providers of mail send (decide/providers.h): the
 * addresses that the SPF records of the names in `providers` of komainu.conf name, looked
 * up anew when they are no longer good.
 *
 * While a name cannot be looked up, what was found last holds for a day. Nothing of it is
 * stored: a judge that starts asks.
 */
#pragma once

#include "judge_names.h"
#include "spf/spf_walk.h"

/* Times are since boot but for `found_at_us`. */
struct judge_provider {
    const char *name; /* of the configuration */
    struct spf_walk walk;
    struct addr *prefixes; /* of the last walk that came to its end */
    size_t count;
    int64_t found_us, found_at_us; /* when that was; 0: never */
    int64_t due_us;                /* when to ask again */
    bool is_asked;
    bool is_told;          /* that nothing is known of it */
    enum resolved outcome; /* of the last walk; what of it was not taken: */
    enum spf_trouble trouble;
    struct host_key where; /* whose record */
};

struct judge_providers {
    struct judge *judge;
    struct judge_provider *list;
    size_t count;
    struct loop_timer due;
    bool is_cut; /* all together they have more than are kept, which was told */
};

/* Makes j->providers when something counts what they are spared, and asks for them; after
 * judge_prepare_names(). */
void judge_prepare_providers(struct judge *j);

/* The answer to what a provider's walk asked. */
void judge_take_provider(struct judge *j, struct judge_provider *p,
                         const struct names_answer *a);
