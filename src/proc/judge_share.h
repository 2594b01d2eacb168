/* judge_share: what komainu-share says of its line to Redis: whether there is trouble. */
#pragma once

#include "judge.h"

/* Makes j->share. */
void judge_prepare_share(struct judge *j);

/* Takes the socket to komainu-share. */
void judge_take_share(struct judge *j, int fd);

/* Whether the gates of several hosts are to share, and cannot now. */
bool judge_is_share_cut(const struct judge *j);

/* Appends why, foreign bytes. */
void judge_add_share(const struct judge *j, struct buf *out);
