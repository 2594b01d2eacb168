"""Programs out of Debian packages that are not installed, for tests that need a real daemon.

Packages that would replace the machine's mail server, or start a service, are unpacked into a
folder of their own and never installed.
"""
import glob
import os
import shutil
import subprocess
import tempfile

from . import tap

ROOT = os.path.realpath(os.path.dirname(__file__) + "/../../..")
CACHE = os.environ.get("KOMAINU_TEST_CACHE") or f"{ROOT}/.cache/packages"
TIMEOUT_S = 120


def _fetch(name, folder):
    """Unpacks the newest package `name` into `folder`; returns what went wrong, or None."""
    with tempfile.TemporaryDirectory() as downloads:
        os.chmod(downloads, 0o777)  # apt downloads as a user of its own
        done = subprocess.run(
            ["apt-get", "-q", "download", name],
            cwd=downloads,
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        files = glob.glob(f"{downloads}/*.deb")
        if done.returncode != 0 or len(files) != 1:
            return (done.stderr.strip().splitlines() or ["nothing came"])[-1]
        subprocess.run(["dpkg", "-x", files[0], folder], check=True, timeout=TIMEOUT_S)
    return None


def unpacked(*names):
    """The folder with the files of all packages `names`, from the cache or the network.
    Skips the whole test when it can be had from neither."""
    folder = f"{CACHE}/{'+'.join(names)}"
    if os.path.isdir(folder):
        return folder
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            tap.skip_all(f"{names[0]} is not in {CACHE}, and {tool} is not there")
    os.makedirs(CACHE, exist_ok=True)
    half = tempfile.mkdtemp(prefix="half-", dir=CACHE)
    os.chmod(half, 0o755)  # daemons that drop root must pass through
    try:
        for name in names:
            reason = _fetch(name, half)
            if reason:
                tap.skip_all(f"{name} is not in {CACHE} and cannot be fetched: {reason}")
        os.rename(half, folder)
    except OSError:
        if not os.path.isdir(folder):  # another test was quicker
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def environment(folder):
    """The environment in which programs of `folder` find their libraries."""
    folders = glob.glob(f"{folder}/usr/lib/*-linux-gnu*")
    return os.environ | {"LD_LIBRARY_PATH": ":".join(folders)}


def program(folder, path):
    """The program `path` in the folder. Skips the whole test when a library of it is missing."""
    done = subprocess.run(
        ["ldd", f"{folder}/{path}"],
        env=environment(folder),
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    missing = [line.split()[0] for line in done.stdout.splitlines() if "not found" in line]
    if done.returncode != 0 or missing:
        tap.skip_all(f"{path} does not run here: {' '.join(missing) or done.stderr.strip()}")
    return f"{folder}/{path}"
