"""A small disk for judge's part of the state, that a test can fill or make read-only."""
import contextlib
import os
import subprocess

SIZE = "3m"
UID_JUDGE = 70202


@contextlib.contextmanager
def small(net, folder):
    """A file system of its own for judge's part of the state."""
    os.makedirs(folder)
    folder += "/judge"
    os.mkdir(folder)

    def mount(*options):
        subprocess.run(["mount", *options, folder], check=True)

    def unmount():
        subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)

    mount("-t", "tmpfs", "-o", f"size={SIZE},uid={UID_JUDGE},gid={UID_JUDGE},mode=700", "tmpfs")
    net.at_close(unmount)
    yield mount
    unmount()


def fill(path):
    """Takes all room that is left."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
