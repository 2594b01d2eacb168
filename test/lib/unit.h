/* unit: what every unit test includes: cmocka and a few assertions of our own types. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* cmocka must be seen before the poisoned names. */
#include "base/buf.h"

#define TEST(name) cmocka_unit_test(name)
#define RUN(tests) cmocka_run_group_tests_name(NULL, (tests), NULL, NULL)

#define assert_span(actual, literal)                                                     \
    do {                                                                                 \
        struct span span_ = (actual);                                                    \
        assert_int_equal(span_.len, strlen(literal));                                    \
        if (span_.len)                                                                   \
            assert_memory_equal(span_.ptr, literal, span_.len);                          \
    } while (0)
