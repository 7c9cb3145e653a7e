"""The declared panel generator, read by path where a shared tools folder stands beside the checkout; never copied."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType


def generator() -> ModuleType | None:
    """The module, or None where it is absent. AOER_PANEL_TOOL names it explicitly."""
    named = os.environ.get("AOER_PANEL_TOOL")
    places = [Path(named)] if named else [p / "shared/tools/make_panel.py" for p in Path(__file__).resolve().parents]
    found = next((place for place in places if place.is_file()), None)
    spec = importlib.util.spec_from_file_location("make_panel", found) if found else None
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
