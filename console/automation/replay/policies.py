"""Named dispatch policies: the engine's own and the simpler ones it is compared with."""

from dataclasses import replace

from console.automation.dispatch.live import live_weights
from console.automation.dispatch.model import Weights
from console.config.sections.work import AutomationSettings
from console.errors import UsageError

_SIMPLE: dict[str, Weights] = {
    "rolling": Weights(),
    "matching": Weights(max_depth=1, max_bundle=1, passes=0, iterations=0),
    "nearest": Weights(
        max_depth=3, max_bundle=1, passes=0, iterations=0, horizon=0.0, late=0.0, freshness=0.0, pay=0.0
    ),
}
NAMES = ("rolling", "live", "matching", "nearest")


def policy(name: str, seed: int = 1, commit_minutes: float = AutomationSettings().commit_minutes) -> Weights:
    """Weights of a policy. `seed` fixes every random choice.

    "live" is what the live engine does, which tells its drivers `commit_minutes` before they must set out.

    Raises UsageError naming the known policies.
    """
    if name not in NAMES:
        raise UsageError(f"there is no policy {name!r}", hint=f"one of {', '.join(NAMES)}")
    found = live_weights(commit_minutes) if name == "live" else _SIMPLE[name]
    return replace(found, seed=seed)
