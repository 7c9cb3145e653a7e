"""The Postgres that the console brings along, started on demand and shared by every process of this machine's user.

Non-root: everything lives below the data directory, mode 0700, and the server runs as the user. Root: Postgres refuses
to run as root, so the server runs as an account of its own (`aoer-console`) from a copy of its binaries below
/var/lib/aoer-console. When that account cannot reach the chosen data directory (`mktemp -d`, anything below /root), the
cluster goes to /var/lib/aoer-console/clusters/<id> and the data directory gets a file `cluster-location` that says so.
No directory or file that the program did not create is ever chmod-ed or chown-ed.

`ensure_running` is all that others need; nothing outside this package knows where the binaries come from.
"""

from console.store.embedded.server import Running, ensure_running, server_state, stop_server

__all__ = ["Running", "ensure_running", "server_state", "stop_server"]
