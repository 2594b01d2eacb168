/* Accounts: attacked, tried in vain, used. */
#include "base/mem.h"
#include "report/digest_internal.h"

static double
attacked_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    return deeds_is_account(a) ? (double)deeds_failures(a) : 0;
}

static void
attacked_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)deeds_failures(a));
    section_number(s, (int64_t)(a->logins + a->messages));
    section_number(s, a->failure_us);
}

static double
tried_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    return deeds_is_account(a) ? 0 : (double)deeds_failures(a);
}

static void
tried_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)deeds_failures(a));
    section_number(s, a->failure_us);
}

static double
login_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    return (double)(a->logins + a->messages);
}

static void
login_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_account *a = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)a->logins);
    section_number(s, (int64_t)a->messages);
    section_text(s, (struct span){a->place, a->place_len});
    section_number(s, a->login_us);
}

void
digest_logins(const struct digest *g, struct document *d)
{
    static const struct column attacked[] = {{WORD_ACCOUNT, "account", CELL_TEXT},
                                             {WORD_FAILURES, "failures", CELL_COUNT},
                                             {WORD_LOGINS_GOOD, "logins", CELL_COUNT},
                                             {WORD_LAST_SEEN, "last", CELL_TIME}};
    static const struct column tried[] = {{WORD_NAME, "name", CELL_TEXT},
                                          {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                          {WORD_LAST_SEEN, "last", CELL_TIME}};
    static const struct column used[] = {{WORD_ACCOUNT, "account", CELL_TEXT},
                                         {WORD_LOGINS_GOOD, "logins", CELL_COUNT},
                                         {WORD_MESSAGES_SENT, "messages", CELL_COUNT},
                                         {WORD_PLACE_LAST, "place", CELL_TEXT},
                                         {WORD_LAST_SEEN, "last", CELL_TIME}};
    const struct texts *t = &g->deeds->accounts;
    struct section *s;

    s = document_section(d, WORD_ACCOUNTS_ATTACKED, "accounts", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(attacked), attacked);
    digest_rows(g, s, t, attacked_worth, attacked_row);
    s = document_section(d, WORD_NAMES_TRIED, "names", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(tried), tried);
    digest_rows_best(g, s, t, tried_worth, tried_row);
    s = document_section(d, WORD_LOGINS, "logins", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(used), used);
    digest_rows(g, s, t, login_worth, login_row);
}
