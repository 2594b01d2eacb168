/* load_databases: which files say where an address is: the options country-database and
 * asn-database. */
#pragma once

#include "conf/config_report.h"

struct section; /* conf/section.h */

/* Reads them of [komainu], and what the gate has for `auto`. What is wrong is told as
 * errors of the section; the caller frees `*out` with config_databases_fini(). */
void load_databases(const struct section *komainu, struct config_databases *out);

/* The same of the files of a configuration folder, of which nothing else is read. What is
 * wrong there is not told: whoever checks the configuration does. */
void load_databases_of(const char *directory, struct config_databases *out);
