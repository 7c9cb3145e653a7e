"""Making a cluster and writing its configuration."""

import os
import shutil
import subprocess
import threading
from pathlib import Path

from console.errors import ServerStartError
from console.store.embedded.account import Account, current, login_role
from console.store.embedded.binaries import Binaries
from console.store.embedded.layout import Layout

SUPERUSER = "postgres"
DATABASE = "aoer"
_MAP = "aoer"
_BIG_MEMORY = 4 << 30

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_locks_per_transaction": "128",  # statements over many partitions
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Containers often have 64 MB of /dev/shm, where a parallel hash join fails half way.
    "enable_parallel_hash": "off",
    "max_parallel_workers_per_gather": "1",
    # Durable by default; nobody replicates an embedded server, and less WAL makes loading quicker.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # seven files, each overwritten after a week
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
    "cluster_name": "aoer-console",
    "datestyle": "iso, ymd",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.english",
}
# Asynchronous reads by worker processes cost three processes and gain nothing on a small machine.
_SINCE_18 = {"io_method": "sync"}


def environment() -> dict[str, str]:
    """For Postgres' programs: nothing of ours, least of all PG* variables that would change what they do."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def run_as(owner: Account) -> dict[str, object]:
    """Arguments of `subprocess` that give up root for `owner`; nothing when we are that account already."""
    if os.geteuid() == owner.uid:
        return {}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []}


def own_directory(path: Path, owner: Account) -> None:
    """Create `path`, mode 0700, for `owner`; an existing one must be a real directory of that owner."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        info = path.lstat()
        if path.is_symlink() or not path.is_dir() or info.st_uid != owner.uid or info.st_mode & 0o077:
            raise ServerStartError(
                f"{path} is not a private directory of {owner.name}", hint=f"remove {path} and try again"
            ) from None
        return
    if os.geteuid() != owner.uid:
        os.chown(path, owner.uid, owner.gid)


def create(layout: Layout, binaries: Binaries) -> None:
    """Run initdb, elsewhere first: one that is killed leaves something that looks like a cluster.

    Its files are not flushed one by one (-N); `flush` does that while the server is in use already. The builtin C.UTF-8
    (since 17) orders and folds case alike on every machine and for ever, unlike the C library's.
    """
    draft = layout.base / "cluster.new"
    if draft.exists():
        shutil.rmtree(draft)
    own_directory(draft, layout.owner)
    locale = ["--locale=C"]
    if binaries.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(binaries.initdb), "-N", "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8", *locale]
    command += ["--auth=peer", "--no-instructions"]
    done = subprocess.run(
        command,
        env=environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **run_as(layout.owner),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise ServerStartError(f"initdb failed in {draft}: {' '.join(said)}", hint="choose another --data-dir")
    draft.rename(layout.cluster)


def flush(layout: Layout, binaries: Binaries) -> None:
    """Write the files of a new cluster to the disk, in the background."""
    child = subprocess.Popen(
        [str(binaries.initdb), "--sync-only", "-D", str(layout.cluster)],
        env=environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **run_as(layout.owner),  # type: ignore[call-overload]
    )
    threading.Thread(target=child.wait, name="flush", daemon=True).start()  # so that it does not stay a zombie


def configure(layout: Layout, binaries: Binaries) -> None:
    """Write the three configuration files. Whoever enters the socket's directory is identified by the kernel (peer)."""
    layout.conf.mkdir(mode=0o755 if layout.as_root else 0o700, exist_ok=True)
    own_directory(layout.log, layout.owner)
    own_directory(layout.sockets, layout.owner)
    settings = {
        **_SETTINGS,
        **(_SINCE_18 if binaries.major >= 18 else {}),
        "shared_buffers": "256MB" if _memory() >= _BIG_MEMORY else "128MB",
        "data_directory": str(layout.cluster),
        "hba_file": str(layout.conf / "pg_hba.conf"),
        "ident_file": str(layout.conf / "pg_ident.conf"),
        "unix_socket_directories": str(layout.sockets),
        "log_directory": str(layout.log),
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    lines.append("include_if_exists = 'local.conf'")
    _write(layout, "postgresql.conf", ["# Written at every start; put your own settings into local.conf.", *lines])
    _write(layout, "pg_hba.conf", [f"local all all peer map={_MAP}"])
    _write(layout, "pg_ident.conf", _identities(layout.owner, current()))


def _identities(owner: Account, user: Account) -> list[str]:
    """Who may be which role: the cluster's owner (and root, who could become it) the superuser, each its own login."""
    lines = [f"{_MAP} {_quoted_name(owner.name)} {SUPERUSER}"]
    for account in dict.fromkeys((owner, user)):
        lines.append(f"{_MAP} {_quoted_name(account.name)} {login_role(account)}")
    if user.uid == 0:
        lines.append(f"{_MAP} {_quoted_name(user.name)} {SUPERUSER}")
    return lines


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(layout: Layout, name: str, lines: list[str]) -> None:
    draft = layout.conf / f".{name}.{os.getpid()}"
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.chmod(0o644 if layout.as_root else 0o600)
    draft.replace(layout.conf / name)


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
