#include "gate/access.h"
#include "gate/access_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Words that begin with an `r` are known. */
static bool
knows(void *ctx UNUSED, struct span word)
{
    return span_starts(word, SPAN("r"));
}

/* The first byte is the type, the first line the key, the rest the table. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const types[] = {"texthash:/x", "cidr:/x", "regexp:/x", "pcre:/x"};
    struct span rest = {(const char *)data + (len > 0), len - (len > 0)}, key = {0};
    struct access_map *map = NULL;
    struct gate_answer answer;
    struct buf why = {0};
    int found = 0;

    if (len == 0)
        return 0;
    if (!span_line(&rest, &key))
        return 0;
    access_map_new(&map, types[data[0] % 4]);
    if (data[0] & 4)
        access_map_know(
            map, &(struct access_names){.knows = knows, .is_ok_refused = data[0] & 8});
    if (access_map_read(map, rest, &why)) {
        found += access_look_client(map, key, SPAN("2001:db8::1"), &answer);
        found += access_look_client(map, SPAN("host.example.org"), key, &answer);
        found += access_look_mail(map, key, &answer);
    } else if (why.len == 0) {
        abort();
    }
    access_map_free(map);
    buf_clear(&why);
    if (!access_text_unbrace(rest, data[0] & 1, &why) && found > 3)
        abort();
    buf_fini(&why);
    return 0;
}
