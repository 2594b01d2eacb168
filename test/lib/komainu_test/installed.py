"""A package that is unpacked, as if it were installed: fail2ban, which installed would run."""
import os
import sys

PROGRAMS = {"fail2ban": "/usr/bin/fail2ban-server"}
# $1: the files. What is written to /usr and /etc goes when the program ends.
MOUNT = """\
set -e
mount -t tmpfs none /mnt
for name in usr etc; do
    mkdir -p "/mnt/$name/upper" "/mnt/$name/work"
    mount -t overlay none -o "lowerdir=$1/$name:/$name,upperdir=/mnt/$name/upper,workdir=/mnt/$name/work" "/$name"
done
shift
exec "$@"
"""


def root_of(name):
    """Where test/lib/fetch_packages puts it."""
    return os.environ.get(f"KOMAINU_{name.upper()}", f"/var/cache/komainu-test/{name}")


def with_package(name):
    """Begins this program anew where the package is there, for it and its children alone. Does nothing
    when it is installed, or nowhere: who needs it skips then."""
    program, root = PROGRAMS[name], root_of(name)
    if os.geteuid() == 0 and not os.path.exists(program) and os.path.exists(root + program):
        inside = ["sh", "-c", MOUNT, "sh", root, sys.executable, *sys.argv]
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *inside])
