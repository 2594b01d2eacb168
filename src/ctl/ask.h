/* ask: the commands that ask the running guard. */
#pragma once

#include "ctl/command.h"

ctl_fn ask_status, ask_bans, ask_ban, ask_unban, ask_why, ask_watch, ask_complete;
