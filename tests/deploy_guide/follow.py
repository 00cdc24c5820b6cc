"""Follow docs/deploy.md: ``python -m tests.deploy_guide.follow``, as root on Debian or Ubuntu.

Its blocks marked ``sh`` are run unchanged. At first there is only what the page presupposes: a name, a certificate, and
a repository. The checks visit the site over TLS, in the end with the data of its backup.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree

from tests.deploy_guide.machine import Machine
from tests.deploy_guide.visit import NAME
from tests.waiting import DEADLINE

ROOT = Path(__file__).parent.parent.parent
REPOSITORY = "/srv/mediafold.git"
# What differs in the second release's answers.
CHANGED, OLD, NEW = "cms/web/health.py", 'jsonify(status="ok")', 'jsonify(status="ok", release="v2")'

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_AUTHORITY = f"""
cd "$1"
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=Private
openssl req $key -keyout privkey.pem -out site.csr -subj /CN={NAME}
echo subjectAltName=DNS:{NAME} >names
openssl x509 -req -in site.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -out fullchain.pem
"""


class Guide:
    """The page's blocks, by heading."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
        parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)[1:]
        found = zip(parts[::2], parts[1::2], strict=True)
        self.left = {heading: _BLOCK.findall(text) for heading, text in found}

    def follow(self, heading: str) -> str:
        """Run the blocks under a heading in one shell, and return the output."""
        print(f"-- {heading}", flush=True)
        return self.machine.run("".join(self.left.pop(heading)))


def main() -> None:
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="mf-"))
        ending.callback(rmtree, folder)
        machine = Machine(folder)
        ending.callback(machine.remove)
        try:
            _follow(machine, folder)
        except BaseException:
            print(machine.run("systemctl --no-pager --failed; journalctl --no-pager --lines 60"))
            raise


def _follow(machine: Machine, folder: Path) -> None:
    _give_repository(machine.root, folder)
    guide = Guide(machine)
    guide.follow("Packages, account, folders")
    _give_certificate(machine.root, folder)
    guide.follow("PostgreSQL and Redis")
    guide.follow("Settings")
    password = re.findall(r"password: *(\S+)", guide.follow("A release"))[0]
    guide.follow("Services")
    services = "web@v1,worker,worker-short,worker-long,beat"
    machine.run(f"systemd-analyze verify mediafold-{{web.socket,{{{services}}}.service,backup.timer}}")
    guide.follow("nginx and TLS")
    guide.follow("Logs")
    page = _visit(machine, folder, "sign-in", password).split()[-1]
    _replace_under_load(guide, folder, "Updating", old="v1")
    _replace_under_load(guide, folder, "Going back one release", old="v2")
    _visit(machine, folder, "read", page)
    guide.follow("Backups")
    _visit(machine, folder, "read", page)
    assert not any(guide.left.values()), f"not followed: {guide.left}"
    print("The page was followed to its end.")


def _give_repository(root: Path, folder: Path) -> None:
    """Provide two releases at the address that the page names."""
    work, git = folder / "work", ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["clone", "--quiet", str(ROOT), str(work)], ["-C", str(work), "tag", "v1"]):
        subprocess.run([*git, *command], check=True)
    text = (work / CHANGED).read_text(encoding="utf-8")
    assert OLD in text
    (work / CHANGED).write_text(text.replace(OLD, NEW), encoding="utf-8")
    for command in (["commit", "--quiet", "--all", "--message", "v2"], ["tag", "v2"]):
        subprocess.run([*git, "-C", str(work), *command], check=True)
    subprocess.run([*git, "clone", "--quiet", "--bare", str(work), f"{root}{REPOSITORY}"], check=True)
    config = f'[url "{REPOSITORY}"]\n\tinsteadOf = https://git.example.com/mediafold.git\n[safe]\n\tdirectory = *\n'
    (root / "etc" / "gitconfig").write_text(config + "[advice]\n\tdetachedHead = false\n", encoding="ascii")


def _give_certificate(root: Path, folder: Path) -> None:
    subprocess.run(["bash", "-ec", _AUTHORITY, "authority", str(folder)], check=True, capture_output=True)
    for name in ("fullchain.pem", "privkey.pem"):
        (root / "etc/mediafold/tls" / name).write_bytes((folder / name).read_bytes())


def _command(machine: Machine, *words: str) -> list[str]:
    return machine.visiting(sys.executable, "-m", "tests.deploy_guide.visit", *words)


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "REQUESTS_CA_BUNDLE": str(folder / "ca.crt"), "NO_PROXY": "*"}


def _visit(machine: Machine, folder: Path, *words: str) -> str:
    """Run a visit, and return its output."""
    done = subprocess.run(
        _command(machine, *words), cwd=ROOT, env=_environ(folder), capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _replace_under_load(guide: Guide, folder: Path, heading: str, old: str) -> None:
    with subprocess.Popen(
        _command(guide.machine, "load"), cwd=ROOT, env=_environ(folder), stdout=subprocess.PIPE, text=True
    ) as load:
        guide.follow(heading)
        guide.machine.run(f'until [ "$(systemctl is-active mediafold-web@{old})" = inactive ]; do sleep 0.2; done')
        load.terminate()
        assert load.stdout
        told = load.stdout.read()
    assert (load.returncode, set(told.split())) == (0, {"v1", "v2"}), told
    print(f"   answered by {told.strip()}; no request failed")


if __name__ == "__main__":
    main()
