/* clock: time as a number, and calendars.
 *
 * Times are microseconds in an int64_t named ..._us: since 1970-01-01 UTC for the wall,
 * since boot for durations. Only the processes (proc/, and the event loop) ask for the
 * time; every layer below gets it as an argument, so that a month of log replays in
 * seconds.
 */
#pragma once

#include "base/buf.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

enum { CLOCK_TEXT_MAX = 40 };

/* A broken-down local time as log lines write it. */
struct civil {
    int year;  /* 1970..9999 */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
    int us; /* microseconds */
};

/* Wall clock now. */
int64_t clock_wall_us(void);

/* Time since boot, suspended time included (CLOCK_BOOTTIME); never steps. */
int64_t clock_boot_us(void);

/* Nanoseconds since boot, suspended time left out (CLOCK_MONOTONIC): to measure what
 * takes too short a time for microseconds. */
int64_t clock_boot_ns(void);

/* How much of the time since boot the machine was suspended; never steps but by that. */
int64_t clock_slept_us(void);

/* Loads the process's time zone (TZ, else /etc/localtime). To be called before the file
 * system is shut off; without it local times are UTC. */
void clock_load_zone(void);

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
int64_t clock_days(int year, int month, int day);

/* Whether the date and time exist (leap days by year; second 60 is accepted). */
bool clock_civil_is_valid(const struct civil *c);

/* The wall time of `c` at `offset_s` seconds east of UTC. */
int64_t clock_from_civil(const struct civil *c, int offset_s);

/* The wall time of `c` in the local zone. A time that a change of the clocks skipped or
 * doubled is read with the offset in force before the change. */
int64_t clock_from_local(const struct civil *c);

/* Seconds east of UTC that the local zone has at `wall_us`. */
int clock_local_offset_s(int64_t wall_us);

/* The broken-down form of `wall_us` at `offset_s` seconds east of UTC. */
struct civil clock_to_civil(int64_t wall_us, int offset_s);

/* Writes RFC 3339 with seconds and the local zone's offset: 2026-11-22T01:53:25+00:00. */
const char *clock_text(int64_t wall_us, char dst[CLOCK_TEXT_MAX]);

/* Appends a duration for people, two units at most: "45s", "10m", "2h 5m", "1d",
 * "permanent" for a negative one. */
void clock_add_duration(struct buf *b, int64_t duration_us);
