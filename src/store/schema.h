/* schema: the tables of judge.db, and every statement that is run on them. */
#pragma once

#include "base/attr.h"

enum { SCHEMA_VERSION = 9 };

#define SCHEMA_HOLE_SQL                                                                  \
    "CREATE TABLE hole(jail TEXT, prefix BLOB, who BLOB, since_us INTEGER, by INTEGER,"  \
    " PRIMARY KEY(jail, prefix, who)) WITHOUT ROWID;"

/* What all jails count of somebody is together: it changes together. */
#define SCHEMA_COUNTER_SQL                                                               \
    "CREATE TABLE counter(jail TEXT, who BLOB, times BLOB, PRIMARY KEY(who, jail))"      \
    " WITHOUT ROWID;"

/* The row that was written last is the last one. */
#define SCHEMA_KEPT_SQL                                                                  \
    "CREATE TABLE kept(id INTEGER PRIMARY KEY, part INTEGER, key BLOB, state BLOB,"      \
    " UNIQUE(part, key));"

#define SCHEMA_ALERT_SQL                                                                 \
    "CREATE TABLE alert(id INTEGER PRIMARY KEY, time_us INTEGER, jail TEXT, who BLOB,"   \
    " account BLOB, key INTEGER, count INTEGER, mode INTEGER, reason BLOB,"              \
    " cleared_us INTEGER);"
#define SCHEMA_CAMPAIGN_SQL                                                              \
    "CREATE TABLE campaign(jail TEXT, who BLOB, first_us INTEGER, data BLOB,"            \
    " PRIMARY KEY(jail, who, first_us)) WITHOUT ROWID;"

#define SCHEMA_SQL                                                                       \
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"              \
    "CREATE TABLE ban(jail TEXT, who BLOB, since_us INTEGER, until_us INTEGER,"          \
    " first_us INTEGER, failures INTEGER, mode INTEGER, comment BLOB,"                   \
    " nth INTEGER, earlier INTEGER, PRIMARY KEY(jail, who)) WITHOUT ROWID;"              \
    "CREATE TABLE place(path BLOB PRIMARY KEY, device INTEGER, inode INTEGER,"           \
    " fingerprint INTEGER, fingerprint_len INTEGER, offset INTEGER, cursor BLOB,"        \
    " touched_us INTEGER) WITHOUT ROWID;"                                                \
    "CREATE TABLE total(jail TEXT PRIMARY KEY, failures INTEGER, bans INTEGER)"          \
    " WITHOUT ROWID;"                                                                    \
    "CREATE TABLE past(id INTEGER PRIMARY KEY, jail TEXT, who BLOB, since_us INTEGER,"   \
    " until_us INTEGER, first_us INTEGER, failures INTEGER, mode INTEGER, comment "      \
    "BLOB, nth INTEGER, earlier INTEGER, ended_us INTEGER DEFAULT 0,"                    \
    " ending INTEGER DEFAULT 0);"                                                        \
    "CREATE INDEX past_who ON past(who);"                                                \
    "CREATE TABLE evidence(id INTEGER PRIMARY KEY, jail TEXT, who BLOB, time_us "        \
    "INTEGER,"                                                                           \
    " kind INTEGER, source BLOB, offset INTEGER, account BLOB, line BLOB);"              \
    "CREATE INDEX evidence_who ON evidence(who);" SCHEMA_HOLE_SQL SCHEMA_KEPT_SQL        \
        SCHEMA_ALERT_SQL SCHEMA_CAMPAIGN_SQL SCHEMA_COUNTER_SQL

/* What came later, and is made where it is missing. */
#define SCHEMA_LATER_SQL                                                                 \
    "CREATE TABLE IF NOT EXISTS session(id INTEGER PRIMARY KEY, filter TEXT, name BLOB," \
    " form INTEGER, fields BLOB, UNIQUE(filter, name));"                                 \
    "CREATE TABLE IF NOT EXISTS ident(who BLOB PRIMARY KEY, text BLOB) WITHOUT ROWID;"   \
    "CREATE TABLE IF NOT EXISTS captured(id INTEGER PRIMARY KEY, groups BLOB);"          \
    "CREATE TABLE IF NOT EXISTS curb(kind INTEGER, account BLOB, jail TEXT, who BLOB,"   \
    " since_us INTEGER, until_us INTEGER, messages INTEGER, recipients INTEGER,"         \
    " PRIMARY KEY(kind, account)) WITHOUT ROWID;"

/* What makes a database of version N one of version N + 1, at index N - 1. */
#define SCHEMA_UPGRADES                                                                  \
    {                                                                                    \
        "ALTER TABLE place ADD COLUMN cursor BLOB",                                      \
            "ALTER TABLE place ADD COLUMN touched_us INTEGER",                           \
            "ALTER TABLE ban ADD COLUMN nth INTEGER DEFAULT 1;"                          \
            "ALTER TABLE ban ADD COLUMN earlier INTEGER DEFAULT 0;"                      \
            "ALTER TABLE past ADD COLUMN nth INTEGER DEFAULT 1;"                         \
            "ALTER TABLE past ADD COLUMN earlier INTEGER DEFAULT 0;"                     \
            "ALTER TABLE past ADD COLUMN ended_us INTEGER DEFAULT 0;"                    \
            "ALTER TABLE past ADD COLUMN ending INTEGER DEFAULT 0;"                      \
            "UPDATE past SET ending=1, ended_us=until_us WHERE NOT EXISTS(SELECT 1 FROM" \
            " ban WHERE ban.jail=past.jail AND ban.who=past.who"                         \
            " AND ban.since_us=past.since_us)",                                          \
            SCHEMA_HOLE_SQL, SCHEMA_KEPT_SQL, SCHEMA_ALERT_SQL, SCHEMA_CAMPAIGN_SQL,     \
            "ALTER TABLE counter RENAME TO old;" SCHEMA_COUNTER_SQL                      \
            "INSERT INTO counter SELECT * FROM old; DROP TABLE old"                      \
    }

#define SCHEMA_PAST_COLUMNS                                                              \
    "SELECT jail,who,since_us,until_us,first_us,failures,mode,comment,nth,earlier,"      \
    "ended_us,ending,id FROM past "

/* STATEMENT(NAME, sql) */
#define SCHEMA_STATEMENTS(STATEMENT)                                                     \
    STATEMENT(BEGIN, "BEGIN IMMEDIATE")                                                  \
    STATEMENT(COMMIT, "COMMIT")                                                          \
    STATEMENT(ROLLBACK, "ROLLBACK")                                                      \
    STATEMENT(CHECK, "PRAGMA quick_check(1)")                                            \
    STATEMENT(PUT_META, "INSERT OR REPLACE INTO meta VALUES(?,?)")                       \
    STATEMENT(GET_META, "SELECT value FROM meta WHERE key=?")                            \
    STATEMENT(PUT_BAN, "INSERT OR REPLACE INTO ban VALUES(?,?,?,?,?,?,?,?,?,?)")         \
    STATEMENT(DROP_BAN, "DELETE FROM ban WHERE jail=? AND who=?")                        \
    STATEMENT(CLEAR_BANS, "DELETE FROM ban")                                             \
    STATEMENT(EACH_BAN, "SELECT jail,who,since_us,until_us,first_us,failures,mode,"      \
                        "comment,nth,earlier FROM ban")                                  \
    STATEMENT(PUT_HOLE, "INSERT OR REPLACE INTO hole VALUES(?,?,?,?,?)")                 \
    STATEMENT(DROP_HOLE, "DELETE FROM hole WHERE jail=? AND prefix=? AND who=?")         \
    STATEMENT(CLEAR_HOLES, "DELETE FROM hole")                                           \
    STATEMENT(EACH_HOLE, "SELECT jail,prefix,who,since_us,by FROM hole")                 \
    STATEMENT(PUT_CAMPAIGN, "INSERT OR REPLACE INTO campaign VALUES(?,?,?,?)")           \
    STATEMENT(DROP_CAMPAIGN,                                                             \
              "DELETE FROM campaign WHERE jail=? AND who=? AND first_us=?")              \
    STATEMENT(CLEAR_CAMPAIGNS, "DELETE FROM campaign")                                   \
    STATEMENT(EACH_CAMPAIGN, "SELECT jail,who,data FROM campaign ORDER BY first_us")     \
    STATEMENT(COUNT_BANS, "SELECT count(*) FROM ban")                                    \
    STATEMENT(PUT_COUNTER, "INSERT OR REPLACE INTO counter VALUES(?,?,?)")               \
    STATEMENT(DROP_COUNTER, "DELETE FROM counter WHERE jail=? AND who=?")                \
    STATEMENT(PUT_KEPT, "INSERT OR REPLACE INTO kept(part,key,state) VALUES(?,?,?)")     \
    STATEMENT(DROP_KEPT, "DELETE FROM kept WHERE part=? AND key=?")                      \
    STATEMENT(CLEAR_KEPT, "DELETE FROM kept")                                            \
    STATEMENT(EACH_KEPT, "SELECT part,key,state FROM kept ORDER BY id")                  \
    STATEMENT(CLEAR_COUNTERS, "DELETE FROM counter")                                     \
    STATEMENT(EACH_COUNTER, "SELECT jail,who,times FROM counter")                        \
    STATEMENT(PUT_PLACE, "INSERT OR REPLACE INTO place VALUES(?,?,?,?,?,?,?,?)")         \
    STATEMENT(EACH_PLACE, "SELECT path,device,inode,fingerprint,fingerprint_len,offset"  \
                          ",cursor FROM place")                                          \
    STATEMENT(TOUCH_PLACE, "UPDATE place SET touched_us=? WHERE path=?")                 \
    STATEMENT(DATE_PLACES, "UPDATE place SET touched_us=? WHERE touched_us IS NULL")     \
    STATEMENT(DROP_PLACES, "DELETE FROM place WHERE touched_us<?")                       \
    STATEMENT(PUT_TOTAL, "INSERT OR REPLACE INTO total VALUES(?,?,?)")                   \
    STATEMENT(EACH_TOTAL, "SELECT jail,failures,bans FROM total")                        \
    STATEMENT(PUT_SESSION, "INSERT OR REPLACE INTO session(filter,name,form,fields) "    \
                           "VALUES(?,?,?,?)")                                            \
    STATEMENT(DROP_SESSION, "DELETE FROM session WHERE filter=? AND name=?")             \
    STATEMENT(TRIM_SESSIONS, "DELETE FROM session WHERE id<=?")                          \
    STATEMENT(EACH_SESSION, "SELECT filter,name,form,fields FROM session ORDER BY id")   \
    STATEMENT(ADD_PAST, "INSERT INTO past(jail,who,since_us,until_us,first_us,failures," \
                        "mode,comment,nth,earlier) VALUES(?,?,?,?,?,?,?,?,?,?)")         \
    STATEMENT(END_PAST, "UPDATE past SET ended_us=?,ending=? WHERE jail=? AND who=? "    \
                        "AND ending=0")                                                  \
    STATEMENT(END_LOST_PAST,                                                             \
              "UPDATE past SET ending=1,ended_us=CASE WHEN until_us<0 OR until_us>?1 "   \
              "THEN ?1 ELSE until_us END WHERE ending=0 AND NOT "                        \
              "EXISTS(SELECT 1 FROM ban WHERE ban.jail=past.jail AND ban.who=past.who "  \
              "AND ban.since_us<>0)")                                                    \
    STATEMENT(TRIM_PAST, "DELETE FROM past WHERE id<=?")                                 \
    STATEMENT(EACH_PAST, SCHEMA_PAST_COLUMNS "WHERE who=? ORDER BY id DESC LIMIT ?")     \
    STATEMENT(ALL_PAST, SCHEMA_PAST_COLUMNS "ORDER BY id")                               \
    STATEMENT(PAST_FROM, SCHEMA_PAST_COLUMNS                                             \
              "WHERE id<? AND since_us>=? AND since_us<? ORDER BY id DESC LIMIT ?")      \
    STATEMENT(ADD_ALERT, "INSERT INTO alert(time_us,jail,who,account,key,count,mode,"    \
                         "reason,cleared_us) VALUES(?,?,?,?,?,?,?,?,?)")                 \
    STATEMENT(TRIM_ALERTS, "DELETE FROM alert WHERE id<=?")                              \
    STATEMENT(CLEAR_ALERT, "UPDATE alert SET cleared_us=? WHERE id=?")                   \
    STATEMENT(                                                                           \
        ALERTS_FROM,                                                                     \
        "SELECT time_us,jail,who,account,key,count,mode,reason,cleared_us,id FROM "      \
        "alert WHERE id<? AND time_us>=? AND time_us<? ORDER BY id DESC LIMIT ?")        \
    STATEMENT(ADD_EVIDENCE, "INSERT INTO evidence(jail,who,time_us,kind,source,offset,"  \
                            "account,line) VALUES(?,?,?,?,?,?,?,?)")                     \
    STATEMENT(CLEAR_CURBS, "DELETE FROM curb")                                           \
    STATEMENT(PUT_CURB, "INSERT OR REPLACE INTO curb VALUES(?,?,?,?,?,?,?,?)")           \
    STATEMENT(EACH_CURB, "SELECT kind,account,jail,who,since_us,until_us,messages,"      \
                         "recipients FROM curb ORDER BY since_us")                       \
    STATEMENT(PUT_ID, "INSERT OR REPLACE INTO ident VALUES(?,?)")                        \
    STATEMENT(EACH_ID, "SELECT who,text FROM ident")                                     \
    STATEMENT(DROP_OLD_IDS, "DELETE FROM ident WHERE who NOT IN(SELECT who FROM ban) "   \
                            "AND who NOT IN(SELECT who FROM past)")                      \
    STATEMENT(ADD_CAPTURED, "INSERT OR REPLACE INTO captured VALUES(?,?)")               \
    STATEMENT(TRIM_CAPTURED, "DELETE FROM captured WHERE id<=?")                         \
    STATEMENT(TRIM_EVIDENCE, "DELETE FROM evidence WHERE id<=?")                         \
    STATEMENT(EACH_ACCOUNT, "SELECT who,account FROM evidence WHERE length(account)=?")  \
    STATEMENT(TRIM_MATCHES,                                                              \
              "DELETE FROM evidence WHERE id IN(SELECT id FROM evidence WHERE who=? "    \
              "AND jail=? AND time_us BETWEEN ? AND ? ORDER BY id DESC LIMIT -1 "        \
              "OFFSET ?)")                                                               \
    STATEMENT(EACH_EVIDENCE,                                                             \
              "SELECT * FROM (SELECT jail,who,time_us,kind,source,offset,"               \
              "account,line,id,(SELECT groups FROM captured WHERE "                      \
              "captured.id=evidence.id) FROM evidence WHERE who=?"                       \
              " ORDER BY id DESC LIMIT ?) ORDER BY id")                                  \
    STATEMENT(EACH_EVIDENCE_IN,                                                          \
              "SELECT * FROM (SELECT jail,who,time_us,kind,source,offset,"               \
              "account,line,id FROM evidence WHERE who BETWEEN ? AND ?"                  \
              " ORDER BY id DESC LIMIT ?) ORDER BY id")                                  \
    STATEMENT(EACH_EVIDENCE_OF,                                                          \
              "SELECT * FROM (SELECT jail,who,time_us,kind,source,offset,"               \
              "account,line,id FROM evidence WHERE length(account)=?1"                   \
              " AND CAST(account AS TEXT)=CAST(?2 AS TEXT) COLLATE NOCASE"               \
              " ORDER BY id DESC LIMIT ?3) ORDER BY id")
