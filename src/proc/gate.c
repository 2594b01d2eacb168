/* komainu-gate: answers an MTA while SMTP is talking; proc/gate.h. */
#include "gate.h"
#include "conf/load_gate.h"
#include "gate/tables.h"
#include "gate_accounts.h"
#include "gate_memory.h"
#include "gate_share.h"
#include "role.h"

/* The life as a role of komainud. */
struct gate_role {
    struct role role;
    struct gate gate;
};

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct gate_role *r = role->ctx;
    struct wire_neighbour neighbour;
    struct wire_gate_fd m;
    int e;

    if (f->type == WIRE_NEIGHBOUR && wire_get_neighbour(f->fields, &neighbour) &&
        neighbour.role == ROLE_SHARE && passed >= 0 && r->gate.share) {
        gate_share_take(&r->gate, passed);
        return;
    }
    if (f->type == WIRE_NEIGHBOUR) {
        gate_memory_take_judge(&r->gate, f, passed);
        return;
    }
    if (f->type != WIRE_GATE_FD || !wire_get_gate_fd(f->fields, &m) || m.is_control > 1 ||
        passed < 0)
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
    if (m.is_control) {
        e = gate_control_begin(&r->gate, passed);
        if (e)
            role_fail(role, "cannot listen to commands", strerror(-e));
        return;
    }
    if (gate_serve(&r->gate, passed, m.place) != 0)
        role_fail(role, "cannot listen", "see above");
}

static void
on_judge(struct role *role, const struct wire_frame *f)
{
    struct gate_role *r = role->ctx;

    gate_memory_hear(&r->gate, f);
}

static void
load(struct gate_role *r)
{
    struct buf why = {0};

    config_gate_init(&r->gate.config);
    if (!load_gate_lines(&r->role.config.gate, &r->gate.config, &why))
        role_fail(&r->role, "bad configuration", why.ptr);
    buf_fini(&why);
}

/* One without a folder is to try the configuration, as komainud has it before it takes
 * one: its tables are read by who will read them, and nothing else is opened. */
static int
be_trial(struct gate_role *r)
{
    struct buf why = {0};

    if (!tables_try(&r->role.config.gate, &why))
        role_fail(&r->role, "tables", why.ptr);
    buf_fini(&why);
    role_enter(&r->role, gate_calls());
    return role_run(&r->role);
}

static int
be_role(int argc, char **argv)
{
    static struct gate_role r;
    int status;

    role_begin(&r.role, ROLE_GATE, false, argc, argv);
    r.role.on_frame = on_frame;
    r.role.ctx = &r;
    load(&r);
    if (!r.role.folder)
        return be_trial(&r);
    r.gate.loop = &r.role.loop;
    r.gate.log = &r.role.log;
    r.gate.folder = r.role.folder;
    r.gate.may_begin_anew = true;
    if (gate_share_prepare(&r.gate, r.role.config.share_secret) != 0 ||
        gate_open(&r.gate) != 0)
        return 1; /* it was logged */
    gate_fill_folders(&r.gate, &r.role.folders);
    gate_memory_begin(&r.gate, &r.role, on_judge);
    gate_accounts_begin(&r.gate);
    gate_share_begin(&r.gate, &r.role, r.role.config.share_secret);
    role_enter(&r.role, gate_calls());
    status = role_run(&r.role);
    gate_close(&r.gate);
    return status;
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return gate_alone(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "postgrey") == 0)
        return gate_postgrey(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "--dump-man") == 0)
        return gate_man();
    return be_role(argc, argv);
}
