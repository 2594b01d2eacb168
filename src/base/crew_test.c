#include "base/crew.h"

#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include "base/mem.h"
#include "unit.h"

enum { ROWS = 3, JOBS = 500 };

/* --- order --- */

struct course {
    size_t done; /* of its jobs: only they look */
    bool is_wrong;
};

struct step {
    struct crew_job job;
    struct course *course;
    size_t number;
};

static void
take_step(void *ctx)
{
    struct step *s = ctx;

    s->course->is_wrong |= s->course->done != s->number;
    s->course->done++;
}

/* Jobs of several rows in turn: those of each come in their order, whoever does them. */
static void
in_order(unsigned helpers)
{
    struct step(*steps)[JOBS] = mem_zalloc(ROWS, sizeof(*steps));
    struct course courses[ROWS] = {0};
    struct crew_row rows[ROWS] = {0};
    struct crew crew;

    crew_init(&crew, helpers);
    assert_int_equal(crew_has_helpers(&crew), helpers > 0);
    for (size_t i = 0; i < JOBS; i++) {
        for (size_t row = 0; row < ROWS; row++) {
            struct step *s = &steps[row][i];

            *s = (struct step){{.run = take_step, .ctx = s}, &courses[row], i};
            crew_post(&crew, &rows[row], &s->job);
            assert_true(helpers > 0 || courses[row].done == i + 1);
        }
    }
    crew_wait(&crew, &steps[1][JOBS - 1].job);
    assert_int_equal(courses[1].done, JOBS); /* and may be read now */
    crew_fini(&crew);
    for (size_t row = 0; row < ROWS; row++) {
        assert_int_equal(courses[row].done, JOBS);
        assert_false(courses[row].is_wrong);
    }
    mem_free(steps);
}

static void
test_order(void **state UNUSED)
{
    for (unsigned helpers = 0; helpers <= CREW_HELPERS_MAX; helpers++)
        in_order(helpers);
}

/* --- one after the other --- */

/* A batch: it is made, then two take it; batches may be made at the same time. */
struct batch {
    struct crew_row row;
    struct crew_job making, taking[2];
    bool is_made;
    struct taker *takers;
};

struct taker {
    size_t taken;
    bool is_wrong;
};

static void
make(void *ctx)
{
    struct batch *b = ctx;

    b->is_made = true;
}

static void
take_batch(struct taker *t, struct batch *b)
{
    t->is_wrong |= !b->is_made;
    t->taken++;
}

static void
take_first(void *ctx)
{
    struct batch *b = ctx;

    take_batch(&b->takers[0], b);
}

static void
take_second(void *ctx)
{
    struct batch *b = ctx;

    take_batch(&b->takers[1], b);
}

static void
post_batch(struct crew *crew, struct crew_row rows[2], struct batch *b)
{
    b->making = (struct crew_job){.run = make, .ctx = b};
    b->taking[0] = (struct crew_job){.run = take_first, .ctx = b, .after = &b->making};
    b->taking[1] = (struct crew_job){.run = take_second, .ctx = b, .after = &b->making};
    b->row.rank = 2;
    crew_post(crew, &b->row, &b->making);
    for (size_t i = 0; i < 2; i++)
        crew_post(crew, &rows[i], &b->taking[i]);
}

/* Few are posted, and all is ended at once; or many, and the owner waits. */
static void
after(unsigned helpers, size_t count)
{
    struct batch *batches = mem_zalloc(count, sizeof(*batches));
    struct crew_row rows[2] = {{.rank = 0}, {.rank = 1}};
    struct taker takers[2] = {0};
    struct crew crew;

    crew_init(&crew, helpers);
    for (size_t i = 0; i < count; i++) {
        batches[i].takers = takers;
        post_batch(&crew, rows, &batches[i]);
        if (i % 8 == 7)
            crew_wait(&crew, &batches[i - 4].taking[i / 8 % 2]);
    }
    crew_fini(&crew);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(takers[i].taken, count);
        assert_false(takers[i].is_wrong);
    }
    mem_free(batches);
}

static void
test_after(void **state UNUSED)
{
    for (unsigned helpers = 0; helpers <= CREW_HELPERS_MAX; helpers++) {
        for (size_t count = 0; count < 20; count++)
            after(helpers, count);
        after(helpers, JOBS);
    }
}

/* --- who does it --- */

struct meeting {
    sem_t here, there;
    bool has_met;
    pthread_t who;
    sigset_t blocked;
};

static bool
wait_for(sem_t *s)
{
    struct timespec end;

    (void)clock_gettime(CLOCK_REALTIME, &end); /* as sem_timedwait() wants it */
    end.tv_sec += 60;
    return sem_timedwait(s, &end) == 0;
}

static void
come(void *ctx)
{
    struct meeting *m = ctx;

    (void)sem_post(&m->here);
    m->has_met = wait_for(&m->there);
}

static void
answer(void *ctx)
{
    struct meeting *m = ctx;

    (void)sem_post(&m->there);
    m->who = pthread_self();
    (void)pthread_sigmask(SIG_SETMASK, NULL, &m->blocked);
    (void)sem_post(&m->here);
}

static void
meeting_init(struct meeting *m)
{
    *m = (struct meeting){0};
    assert_int_equal(sem_init(&m->here, 0, 0), 0);
    assert_int_equal(sem_init(&m->there, 0, 0), 0);
}

/* Who waits does what else there is to do: else the two would wait for each other. */
static void
test_owner_helps(void **state UNUSED)
{
    struct crew_row rows[2] = {0};
    struct meeting m;
    struct crew_job first = {.run = come, .ctx = &m}, second = {.run = answer, .ctx = &m};
    struct crew crew;

    meeting_init(&m);
    crew_init(&crew, 1);
    crew_post(&crew, &rows[0], &first);
    assert_true(wait_for(&m.here)); /* the helper is in it */
    crew_post(&crew, &rows[1], &second);
    crew_wait(&crew, &first);
    assert_true(m.has_met);
    crew_wait(&crew, &second);
    assert_true(pthread_equal(m.who, pthread_self()));
    crew_fini(&crew);
}

/* In what order jobs were done. */
struct record {
    char done[8];
    size_t count;
};

struct noted {
    struct crew_job job;
    struct record *record;
    char name;
};

static void
note(void *ctx)
{
    struct noted *n = ctx;

    n->record->done[n->record->count++] = n->name;
}

/* Makes the rows of ranks 1, 3 and 2 have a job each while the helper is in another. */
static void
post_ranked(struct crew *crew, struct meeting *m, struct crew_row rows[4],
            struct crew_job *first, struct noted notes[3])
{
    crew_post(crew, &rows[0], first);
    assert_true(wait_for(&m->here));
    for (size_t i = 0; i < 3; i++) {
        rows[1 + i].rank = (uint8_t)(notes[i].name - 'a');
        notes[i].job = (struct crew_job){.run = note, .ctx = &notes[i]};
        crew_post(crew, &rows[1 + i], &notes[i].job);
    }
}

static void
test_rank_of_helper(void **state UNUSED)
{
    struct crew_row rows[4] = {0};
    struct record record = {0};
    struct noted notes[3] = {{.record = &record, .name = 'b'},
                             {.record = &record, .name = 'd'},
                             {.record = &record, .name = 'c'}};
    struct meeting m;
    struct crew_job first = {.run = come, .ctx = &m};
    struct crew crew;

    meeting_init(&m);
    crew_init(&crew, 1);
    post_ranked(&crew, &m, rows, &first, notes);
    (void)sem_post(&m.there); /* the helper goes on, and does all */
    crew_fini(&crew);
    assert_string_equal(record.done, "bcd");
}

static void
test_rank_of_owner(void **state UNUSED)
{
    struct crew_row rows[5] = {0};
    struct record record = {0};
    struct noted notes[3] = {{.record = &record, .name = 'b'},
                             {.record = &record, .name = 'd'},
                             {.record = &record, .name = 'c'}};
    struct meeting m;
    struct crew_job first = {.run = come, .ctx = &m}, last = {.run = answer, .ctx = &m};
    struct crew crew;

    meeting_init(&m);
    crew_init(&crew, 1);
    post_ranked(&crew, &m, rows, &first, notes);
    crew_post(&crew, &rows[4], &last); /* rank 0: the owner's last */
    crew_wait(&crew, &first);
    assert_true(m.has_met);
    assert_true(pthread_equal(m.who, pthread_self()));
    assert_string_equal(record.done, "dcb");
    crew_fini(&crew);
}

/* Ctrl-C is the owner's. */
static void
test_signals(void **state UNUSED)
{
    sigset_t before, after;
    struct crew_row row = {0};
    struct meeting m;
    struct crew_job job = {.run = answer, .ctx = &m};
    struct crew crew;

    meeting_init(&m);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    crew_init(&crew, 1);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    assert_int_equal(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
    crew_post(&crew, &row, &job);
    assert_true(wait_for(&m.here)); /* nobody but the helper can do it */
    crew_fini(&crew);
    assert_false(pthread_equal(m.who, pthread_self()));
    assert_int_equal(sigismember(&m.blocked, SIGINT), 1);
    assert_int_equal(sigismember(&m.blocked, SIGTERM), 1);
}

static void
test_cores(void **state UNUSED)
{
    cpu_set_t before, one;
    int core = sched_getcpu();

    assert_true(core >= 0);
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(crew_cores(), CPU_COUNT(&before));
    CPU_ZERO(&one);
    CPU_SET((size_t)core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(crew_cores(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),          TEST(test_after),         TEST(test_owner_helps),
        TEST(test_rank_of_helper), TEST(test_rank_of_owner), TEST(test_signals),
        TEST(test_cores),
    };

    return RUN(tests);
}
