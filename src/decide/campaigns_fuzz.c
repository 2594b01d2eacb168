/* campaigns_load(): any bytes from the store leave campaigns that can be gone on with. */
#include "base/clock.h"
#include "base/mem.h"
#include "decide/campaigns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ban_key key = {.jail = 3, .who = addr_from_bytes(4, "\xC0\x00\x02\x01")};
    struct campaign_act act = {.time_us = 1000 * DAY_US, .who = key.who, .address = 1};
    struct campaigns c;
    struct campaign *one;
    struct buf saved = {0};

    campaigns_init(&c);
    if (campaigns_load(&c, &key, (struct span){(const char *)data, size})) {
        one = table_oldest(&c.table);
        must(one && one->first_us <= one->last_us);
        must(campaign_size(&one->addresses).how < CAMPAIGN_HOWS);
        campaign_save(one, &saved);
        must(saved.len == size);
        one = campaigns_find(&c, &key, one->last_us);
        if (one)
            campaigns_take(&c, one, &act);
        campaigns_expire(&c, INT64_MAX / 2);
        must(c.running == 0);
    }
    buf_fini(&saved);
    campaigns_fini(&c);
    return 0;
}
