"""A daemon that cannot be installed beside the machine's: test/lib/fetch_packages unpacks it into
a folder, which is mounted over /usr for its processes alone, with an /etc, a /run and a syslog of
their own.
"""
import os
import shutil

from . import tap
from .daemon import Syslog, own_dev, with_mounts
from .installed import root_of


def folder_of(name, program):
    """Where the files of `name` are. Skips the whole test when `program` is not in there."""
    root = root_of(name)
    if not os.path.exists(f"{root}/{program}"):
        tap.skip_all(f"no {name} in {root}: test/lib/fetch_packages {name} puts it there")
    return root


class Unpacked:
    """The files of `name` out of folder_of(). `folder` holds etc and run, `log` is what is sent to
    syslog. `settings` are lines added to files in etc."""

    def __init__(self, net, name, root, settings):
        self.net = net
        self.name = name
        self.root = root
        self.folder = f"{net.folder}/{name}"
        self.log = f"{self.folder}/log"
        os.makedirs(f"{self.folder}/run/{name}")
        shutil.copytree("/etc", f"{self.folder}/etc", symlinks=True)
        if os.path.isdir(f"{root}/etc/{name}"):
            shutil.copytree(f"{root}/etc/{name}", f"{self.folder}/etc/{name}")
        for path, text in settings.items():
            with open(f"{self.folder}/etc/{path}", "a", encoding="utf-8") as file:
                file.write(text)

    def start(self, script, ports, *mounts, **environment):
        """Runs the shell script behind the shell commands `mounts`, and waits until something
        listens on all of the ports."""
        mounted = with_mounts(
            f"mount -t overlay overlay -o lowerdir={self.root}/usr:/usr /usr",
            f"mount --bind {self.folder}/etc /etc",
            f"mount --bind {self.folder}/run /run",
            *mounts,
            *own_dev(Syslog(self.folder, self.log)),
        )
        environment["PATH"] = os.environ["PATH"]
        with open(f"{self.folder}/said", "wb") as said:
            self.net.server.start(
                *mounted, "sh", "-c", script, env=environment, stdout=said, stderr=said
            )
        for port in ports:
            if not tap.eventually(lambda p=port: self._listens(p), 10):
                raise RuntimeError(f"{self.name} does not listen on port {port}: {self._text()}")

    def _listens(self, port):
        return self.net.server.can_connect("127.0.0.1", "127.0.0.1", port)

    def _text(self):
        text = ""
        for path in (f"{self.folder}/said", self.log):
            with open(path, encoding="utf-8", errors="replace") as file:
                text += file.read()
        return text
