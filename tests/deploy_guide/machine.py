"""A separate Debian 12, made from the mirror that this machine uses, run by its own systemd.

Its processes, mounts and network are in namespaces, so that they vanish when its first process is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from tests.waiting import eventually

ENTERED = ["--mount", "--pid", "--uts", "--ipc"]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# How pip finds packages depends on this machine: its configuration is passed on.
PIP_FILES, PIP_FOLDERS = ["/etc/pip.conf"], os.environ.get("PIP_FIND_LINKS", "").split()

_START = r"""
set -e
mount --bind "$ROOT" "$ROOT"
cd "$ROOT"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
for device in null zero full random urandom tty; do cp -a /dev/$device dev/; done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for folder in $FOLDERS; do mkdir -p ".$folder"; mount --bind "$folder" ".$folder"; done
ip link set lo up
pivot_root . mnt
cd /
umount -l /mnt
exec env -i container=docker PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
"""


class Machine:
    """The constructor starts it, and :meth:`remove` removes it completely."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._log = folder / "machine.log"
        _make_root(self.root)
        self._cgroup = _own_cgroup()
        script = 'echo $$ >"$CGROUP/cgroup.procs"; exec unshare --cgroup --net --fork --pid --mount --uts --ipc'
        with self._log.open("wb") as log:
            self._starter = subprocess.Popen(
                ["bash", "-c", f'{script} --kill-child --propagation private bash -c "$START"'],
                env={
                    **os.environ,
                    "ROOT": str(self.root),
                    "CGROUP": str(self._cgroup),
                    "START": _START,
                    "FOLDERS": " ".join(folder for folder in PIP_FOLDERS if Path(folder).is_dir()),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not eventually(self._is_up, pause=0.2):
            raise RuntimeError(f"its systemd does not start: {self._log.read_text()[-2000:]}")

    @property
    def pid(self) -> int:
        """The pid of its first process on this machine."""
        children = Path(f"/proc/{self._starter.pid}/task/{self._starter.pid}/children").read_text()
        return int(children.split()[0])

    def run(self, script: str) -> str:
        """Run a root shell in it, and return the output. The shell uses this machine's network, to fetch packages."""
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environ = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["nsenter", "--target", str(self.pid), *ENTERED, "bash", "-euo", "pipefail"],
            env={**environ, **pip, "DEBIAN_FRONTEND": "noninteractive"},
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"status {done.returncode} of:\n{script}\n{done.stdout[-4000:]}")
        return done.stdout

    def visiting(self, *command: str) -> list[str]:
        """A command line that runs a program of this machine in the other one's network."""
        return ["nsenter", "--target", str(self.pid), "--net", *command]

    def remove(self) -> None:
        self._starter.send_signal(signal.SIGKILL)
        self._starter.wait()
        for folder in [*sorted(self._cgroup.rglob("*/"), reverse=True), self._cgroup]:
            eventually(lambda folder=folder: _remove(folder))
        shutil.rmtree(self.root)

    def _is_up(self) -> bool:
        if self._starter.poll() is not None:
            raise RuntimeError(f"its systemd has ended: {self._log.read_text()[-2000:]}")
        try:
            return self.run("systemctl is-system-running || true").strip() in ("running", "degraded")
        except (IndexError, RuntimeError):
            return False


def _remove(cgroup: Path) -> bool:
    """Try to remove it, and return whether it is gone. It cannot be removed while a process in it is ending."""
    try:
        cgroup.rmdir()
    except OSError:
        return False
    return True


def _make_root(root: Path) -> None:
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    found = subprocess.run(targets, capture_output=True, text=True, check=True).stdout.split("\n")
    mirror = next((line.split()[0] for line in found if line.endswith(" bookworm")), "http://deb.debian.org/debian")
    made = ["mmdebstrap", "--quiet", "--variant=important", "--include=ca-certificates", "bookworm", str(root), mirror]
    subprocess.run(made, check=True)
    shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    for file in PIP_FILES:
        if Path(file).exists():
            shutil.copy(file, root / file.lstrip("/"))
    shutil.copy("/etc/resolv.conf", root / "etc")


def _own_cgroup() -> Path:
    """A new cgroup, below this process's own in the second version's hierarchy."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    top = Path(next(words[1] for words in mounts if words[2] == "cgroup2"))
    own = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    folder = top / own.removeprefix("0::").strip().lstrip("/") / f"mediafold-{os.getpid()}"
    folder.mkdir()
    return folder
