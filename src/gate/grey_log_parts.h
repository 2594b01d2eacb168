/* grey_log_parts: what the files of the log share. */
#pragma once

#include "gate/grey_log.h"

#define GREY_KEY_NAME "greylist.key"
#define GREY_OWN_KEY_NAME "greylist.key.own"
#define GREY_LOG_NAME "greylist.log"
#define GREY_NEW_NAME "greylist.new"
#define GREY_BAD_NAME "greylist.log.bad"

enum { GREY_CHECK_AT = 28, GREY_HEAD_BYTES = 32 };

/* The check of a record's first GREY_CHECK_AT bytes. */
uint32_t grey_log_check(const struct grey_log *l, const uint8_t *bytes);

/* Appends the head of a log of this secret. */
void grey_log_add_head(const struct grey_log *l, struct buf *out);
