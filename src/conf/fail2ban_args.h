/* fail2ban_args: NAME[a=1, b="x, y"][c='z'] as fail2ban takes it apart.
 */
#pragma once

#include "conf/fail2ban_options.h"

/* Splits `text` into its name and arguments. False with Python's message in `why`. */
NODISCARD bool fail2ban_args_read(struct span text, struct span *name,
                                  struct fail2ban_options *args,
                                  struct fail2ban_place place, struct buf *why);

/* Takes the next NAME[ARGUMENTS] off the front of `*text`; they are separated by blanks
 * and line ends. False when none is left. */
NODISCARD bool fail2ban_args_next(struct span *text, struct span *one);

/* Takes the next word off `*text`, separated by blanks, commas and line ends only. */
NODISCARD bool fail2ban_word(struct span *text, struct span *word);

/* Takes the next word off `*text` as a shell sees it, into `word`, which is emptied.
 * False: none is left, or `*is_open`: a quote is not closed. */
NODISCARD bool fail2ban_shell_word(struct span *text, struct buf *word, bool *is_open);
