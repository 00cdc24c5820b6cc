"""The base images of Dockerfile and compose.yaml: from their registry, or made from Debian's packages.

Images made here have the names, users and folders of the official ones. Their entrypoints are ours.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.containers.docker import KEPT, Docker, mirror

ROOT = Path(__file__).parent.parent.parent
_PATH = "/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENTRYPOINT = "/usr/local/bin/docker-entrypoint.sh"


@dataclass(frozen=True)
class Base:
    """Packages, shell commands for the image, and Dockerfile instructions."""

    packages: str
    setup: str
    changes: tuple[str, ...] = ()


BASES = {
    "python:3.11-slim": Base(
        "python3,python3-pip",
        "rm -f /usr/lib/python3*/EXTERNALLY-MANAGED\nln -s /usr/bin/python3 /usr/local/bin/python",
    ),
    "redis:7": Base(
        "redis-server,redis-tools",
        f"""
        install -d -o redis -g redis /data
        cat >{_ENTRYPOINT} <<'END'
#!/bin/sh
exec "$@" --protected-mode no
END
        """,
        ("VOLUME /data", "WORKDIR /data", f'ENTRYPOINT ["{_ENTRYPOINT}"]'),
    ),
    "postgres:15": Base(
        "postgresql-15",
        f"""
        rm -rf /var/lib/postgresql/15
        install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
        cat >{_ENTRYPOINT} <<'END'
#!/bin/sh -e
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" >/tmp/password
    initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --options="-c listen_addresses=" start
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl --wait stop
fi
exec "$@" -c listen_addresses="*"
END
        """,
        (
            "ENV PGDATA=/var/lib/postgresql/data",
            "VOLUME /var/lib/postgresql/data",
            f'ENTRYPOINT ["{_ENTRYPOINT}"]',
            'CMD ["postgres"]',
        ),
    ),
    "nginx:1.28": Base(
        "nginx-light,curl",
        """
        useradd --uid 101 --system --no-create-home --shell /bin/false nginx
        rm -rf /etc/nginx/sites-enabled
        ln -sf /dev/stdout /var/log/nginx/access.log
        ln -sf /dev/stderr /var/log/nginx/error.log
        mkdir -p /var/cache/nginx
        cat >/etc/nginx/nginx.conf <<'END'
user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    include mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path /var/cache/nginx/proxy_temp;
    fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
    scgi_temp_path /var/cache/nginx/scgi_temp;
    include conf.d/*.conf;
}
END
        """,
        ('CMD ["nginx", "-e", "/var/log/nginx/error.log", "-g", "daemon off;"]',),
    ),
}


def provide(docker: Docker) -> None:
    """Provide every image that Dockerfile and compose.yaml name."""
    files = [(ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "compose.yaml")]
    for name in re.findall(r"^(?:FROM| +image:) (\S+:\S+)$", "\n".join(files), re.MULTILINE):
        if not docker.works("image", "inspect", name):
            pulled = docker.run("pull", name)
            if pulled.returncode:
                assert name in BASES, f"docker pull {name}: {pulled.stderr}"
                _import(docker, name, BASES[name])


def _import(docker: Docker, name: str, base: Base) -> None:
    tar = KEPT / f"{name.replace(':', '-')}.tar"
    if not tar.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        setup = KEPT / "setup.sh"
        setup.write_text(f"set -e\n{base.setup}\n[ ! -e {_ENTRYPOINT} ] || chmod 755 {_ENTRYPOINT}\n", encoding="utf-8")
        half = tar.with_suffix(".half.tar")
        hooks = [
            "copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs",  # this machine's authorities
            f"copy-in {setup} /",
            'chroot "$1" sh /setup.sh',
            'rm "$1/setup.sh"',
        ]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include=ca-certificates,{base.packages}"]
        subprocess.run(
            [*command, *(f"--customize-hook={hook}" for hook in hooks), "bookworm", half, mirror()], check=True
        )
        half.rename(tar)
    changes = (f"ENV PATH={_PATH} LANG=C.UTF-8", *base.changes)
    docker("import", *(f"--change={change}" for change in changes), tar, name)
