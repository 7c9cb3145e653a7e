"""Where things live on this machine. Nothing here creates a directory."""

import os
from collections.abc import Mapping
from pathlib import Path

from console.config.settings import Settings

APP = "aoer-console"
ROOT_DATA = Path("/var/lib/aoer-console")


def user_file() -> Path:
    """The user's config.toml, whether or not it exists."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def chosen_file(flag: Path | None, env: Mapping[str, str]) -> tuple[Path, bool]:
    """The settings file to read and whether someone named it (then it must exist)."""
    if flag is not None:
        return flag, True
    if env.get("AOER_CONFIG"):
        return Path(env["AOER_CONFIG"]).expanduser(), True
    return user_file(), False


def packaged_file() -> Path:
    """config.toml of the program: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_files" / "config.toml"
    return installed if installed.exists() else package.parent / "config.toml"


def data_dir(settings: Settings) -> Path:
    """Where the embedded server keeps its files: as configured, else per user, as root /var/lib/aoer-console."""
    if settings.embedded.data_dir:
        return Path(settings.embedded.data_dir).expanduser().absolute()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ROOT_DATA
    import platformdirs

    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def log_file() -> Path:
    """Where the traceback of an unexpected error goes."""
    import platformdirs

    return Path(platformdirs.user_log_dir(APP, appauthor=False)) / "error.log"


def failed_logins_file() -> Path:
    """Refused log-ins that wait to be recorded."""
    import platformdirs

    return Path(platformdirs.user_state_dir(APP, appauthor=False)) / "failed-logins.jsonl"
