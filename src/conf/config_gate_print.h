/* config_gate_print: what the gate is told, as komainu.conf would say it. */
#pragma once

#include "base/buf.h"
#include "conf/config_gate_lines.h"

/* Appends the sections of the gate with every option in force, said or not; of a profile
 * those that it says or has from [gate]. Nothing when the files say nothing of a gate. */
void config_gate_print(const struct config_gate_lines *lines, struct buf *out);

/* The same as a JSON list of objects: section, option, value, is_default. */
void config_gate_print_json(const struct config_gate_lines *lines, struct buf *out);
