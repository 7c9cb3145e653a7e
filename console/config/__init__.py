"""Typed settings: command line > environment > profile > file > default, and where each value came from."""

from console.config.loader import Loaded, load
from console.config.settings import Settings, override

__all__ = ["Loaded", "Settings", "load", "override"]
