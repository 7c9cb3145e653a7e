"""Named dispatch policies: the engine's own and the simpler ones it is compared with."""

from console.automation.dispatch.model import Weights
from console.errors import UsageError

_POLICIES: dict[str, Weights] = {
    "rolling": Weights(),
    "live": Weights(late=2.0, pay=0.0, commit=5.0, withdraw=False),
    "matching": Weights(max_depth=1, max_bundle=1, passes=0, iterations=0),
    "nearest": Weights(
        max_depth=3, max_bundle=1, passes=0, iterations=0, horizon=0.0, late=0.0, freshness=0.0, pay=0.0
    ),
}


def policy(name: str, seed: int = 1) -> Weights:
    """Weights of a policy. `seed` fixes every random choice.

    Raises UsageError naming the known policies.
    """
    found = _POLICIES.get(name)
    if found is None:
        raise UsageError(f"there is no policy {name!r}", hint=f"one of {', '.join(_POLICIES)}")
    from dataclasses import replace

    return replace(found, seed=seed)
