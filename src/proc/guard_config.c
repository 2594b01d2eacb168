#include "guard_parts.h"

#include "conf/globs.h"
#include "conf/load.h"
#include "doctor/detect.h"

bool
guard_load_config(const struct guard *g, struct config *out, struct machine *machine,
                  struct buf *errors)
{
    struct config_request request = {.directory =
                                         g->config_dir ? g->config_dir : CONFIG_DIRECTORY,
                                     .is_directory_required = g->config_dir != NULL,
                                     .machine = machine,
                                     .overrides = &g->overrides,
                                     .fail2ban_directory = g->fail2ban_directory,
                                     .fail2ban_socket = g->fail2ban_socket};

    detect(machine, "");
    if (config_load(&request, out, errors) != 0)
        return false;
    if (!guard_read_share(out, errors)) {
        config_fini(out);
        return false;
    }
    globs_expand(out);
    if (g->is_verbose)
        out->loglevel = LOGLEVEL_DEBUG;
    return true;
}
