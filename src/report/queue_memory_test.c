#include "unit.h"

#include "report/queue_memory.h"

/* The message of the first instance. */
static struct queue_id
id_of(const char *text)
{
    return (struct queue_id){.text = span_of(text)};
}

static void
ids_are_free_when_the_message_is_gone(void **state)
{
    struct queue_memory q;
    struct queue_message *m;

    (void)state;
    queue_memory_init(&q, 10);
    assert_null(queue_memory_find(&q, id_of("4F1A2B3C4D")));
    m = queue_memory_put(&q, id_of("4F1A2B3C4D"), 5);
    assert_int_equal(m->since_us, 5);
    assert_int_equal(m->size, -1);
    m->size = 17;
    m = queue_memory_put(&q, id_of("4F1A2B3C4D"), 9);
    assert_int_equal(m->since_us, 5);
    assert_int_equal(m->size, 17);
    queue_memory_remove(&q, m);
    assert_null(queue_memory_find(&q, id_of("4F1A2B3C4D")));
    m = queue_memory_put(&q, id_of("4F1A2B3C4D"), 9);
    assert_int_equal(m->size, -1);
    assert_null(queue_memory_find(
        &q, (struct queue_id){.text = SPAN("4F1A2B3C4D"), .instance = 1}));
    queue_memory_fini(&q);
}

static void
the_most_silent_one_is_forgotten(void **state)
{
    struct queue_memory q;

    (void)state;
    queue_memory_init(&q, 2);
    (void)queue_memory_put(&q, id_of("A"), 1);
    (void)queue_memory_put(&q, id_of("4cRTYK0QbVz4Bqk"), 2);
    (void)queue_memory_put(&q, id_of("A"), 3);
    (void)queue_memory_put(&q, id_of("C"), 4);
    assert_int_equal(q.forgotten, 1);
    assert_non_null(queue_memory_find(&q, id_of("A")));
    assert_null(queue_memory_find(&q, id_of("4cRTYK0QbVz4Bqk")));
    queue_memory_fini(&q);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ids_are_free_when_the_message_is_gone),
        TEST(the_most_silent_one_is_forgotten),
    };

    return RUN(tests);
}
