/* config_wire: the configuration on its way from komainud to a role, as the CONF_*
 * messages of wire.def.
 *
 * Order: (to the runner alone: commands, addresses of mail, actions; to the gate alone:
 * its lines,) sources, filters each with
 * its expressions, ports of the scopes from 1 on (scope 0, all ports, is not sent), the
 * guarded ports as scope CONFIG_WIRE_GUARDED, those of held connections as
 * CONFIG_WIRE_SLOTS, their sampling, limits, log, table, who is told, prefixes
 * never to be banned, jails each with its sources and ignoreip, CONF_END. Indices count
 * from 0 in that order.
 */
#pragma once

#include "conf/config.h"
#include "wire/wire.h"

enum { CONFIG_WIRE_GUARDED = 0xFFFF, CONFIG_WIRE_SLOTS = 0xFFFE };

/* Sends one packet of at most WIRE_PACKET_MAX bytes; 0 or a negative errno. */
typedef int config_sender(void *ctx, struct span packet);

/* Sends the whole configuration. 0, or the first error of `send`, at which it stops. */
NODISCARD int config_send(const struct config *c, config_sender *send, void *ctx);

/* Sends what only the runner gets, before the rest: the commands and the addresses of
 * mail. 0, or the first error of `send`. */
NODISCARD int config_send_commands(const struct config *c, config_sender *send,
                                   void *ctx);

/* Sends what only the gate gets, before the rest: its lines. 0, or the first error of
 * `send`. */
NODISCARD int config_send_gate(const struct config *c, config_sender *send, void *ctx);

/* Sends behind them where they are written, which changes nothing. 0, or the first error
 * of `send`. */
NODISCARD int config_send_gate_origins(const struct config *c, config_sender *send,
                                       void *ctx);

/* Sends what the gate alone gets of [share]: the secret, where there is one. 0, or the
 * first error of `send`. */
NODISCARD int config_send_share_secret(const struct config *c, config_sender *send,
                                       void *ctx);

/* The same of what the share role alone gets: the password. */
NODISCARD int config_send_share_password(const struct config *c, config_sender *send,
                                         void *ctx);

enum config_taken {
    CONFIG_TAKEN,   /* more to come */
    CONFIG_DONE,    /* that was CONF_END, and the configuration is whole */
    CONFIG_REFUSED, /* no CONF_* message, out of order or out of bounds: give up */
};

/* Takes one frame into `*c`, which was zeroed before the first. In any case the caller
 * frees it with config_fini(). */
NODISCARD enum config_taken config_take(struct config *c, const struct wire_frame *f);

/* Part of config_take(): the fields of CONF_COMMAND. False when they are wrong. */
NODISCARD bool config_take_command(struct config *c, struct span fields);

/* The same of CONF_MAIL. */
NODISCARD bool config_take_mail(struct config *c, struct span fields);

/* The same of CONF_ACTION and CONF_ACTION_PART; conf/config_action.c. */
NODISCARD bool config_take_action(struct config *c, struct span fields);
NODISCARD bool config_take_action_part(struct config *c, struct span fields);

/* Part of config_send_commands(): the actions. */
NODISCARD int config_send_actions(const struct config *c, config_sender *send, void *ctx);

/* The same of CONF_NOTIFY. */
NODISCARD bool config_take_notify(struct config *c, struct span fields);
NODISCARD bool config_take_report(struct config *c, struct span fields);
NODISCARD bool config_take_report_command(struct config *c, struct span fields);
NODISCARD bool config_take_report_log(struct config *c, struct span fields);
NODISCARD bool config_take_report_journal(struct config *c, struct span fields);
