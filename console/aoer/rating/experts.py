"""Fifteen experts (three level speeds by five weight sets) and how far each is believed.

An expert predicts level + w'(x - reference), level and reference being means at its speed. Its weight falls
exponentially with its excess error (exponential weights; Cesa-Bianchi and Lugosi 2006, chapter 2). The mass of a speed
is judged on the tenant's own errors with weight sets that no data moved, so the level, a mixture over speeds, is the
tenant's own: no other tenant's row can move it. Weight sets are judged with the help of the panel.
"""

import numpy as np

from console.aoer.rating.settings import WEIGHT_SETS, Floats, RatingSettings

FIXED_SETS = tuple(WEIGHT_SETS.index(name) for name in ("equal", "prior"))


def weight_sets(prior: Floats, pooled: Floats, tenant: Floats) -> Floats:
    """All five sets (k, 5 sets, 5 signals) from the prior (5,) and learned weights (k, 5)."""
    equal = np.full_like(pooled, 1.0 / pooled.shape[1])
    return np.stack([np.zeros_like(pooled), equal, np.broadcast_to(prior, pooled.shape), pooled, tenant], axis=1)


def expert_predictions(levels: Floats, references: Floats, sets: Floats, x: Floats) -> Floats:
    """Predictions (k, 3, 5) of levels (k, 3), references (k, 3, 5 signals), sets (k, 5, 5) at signals x (k, 5).

    A missing signal or one never seen before contributes nothing.
    """
    moved = np.einsum("kwj,ksj->ksw", sets, np.nan_to_num(x[:, None, :] - references))
    return np.asarray(levels[:, :, None] + moved)


def believe(errors: Floats, mass: Floats, panel: Floats, panel_mass: Floats, settings: RatingSettings) -> Floats:
    """Expert weights (k, 3, 5), summing to 1, from decayed squared errors (k, 3, 5) and their mass (k,).

    `panel` (k, 3, 5) is the mean squared error over the tenant's pool (its own for a tenant alone) and `panel_mass`
    (k,) the mass of the other tenants in it. Without any error yet the prior masses stand.
    """
    speed = _masses(_own_speed_errors(errors, mass, settings), mass, np.array(settings.speed_mass))
    shrunk = (errors + settings.panel_periods * panel) / (mass + settings.panel_periods)[:, None, None]
    prior = np.array(settings.set_mass)
    evidence = mass[:, None, None] * _excess(shrunk)
    evidence = evidence + (settings.panel_evidence * panel_mass)[:, None, None] * _excess(panel)
    sets = _normalise(np.log(prior) - evidence / 2.0)
    believed = speed[:, :, None] * sets
    declared = np.outer(settings.speed_mass, prior)
    return np.asarray((1.0 - settings.kept_mass) * believed + settings.kept_mass * declared / declared.sum())


def _own_speed_errors(errors: Floats, mass: Floats, settings: RatingSettings) -> Floats:
    own = errors[:, :, FIXED_SETS].mean(axis=2)
    average = np.divide(own.mean(axis=1), mass, out=np.zeros_like(mass), where=mass > 0)
    periods = settings.speed_periods
    return np.asarray((own + periods * average[:, None]) / (mass + periods)[:, None])


def _masses(errors: Floats, mass: Floats, prior: Floats) -> Floats:
    return _normalise(np.log(prior) - mass[:, None] * _excess(errors) / 2.0)


def _excess(errors: Floats) -> Floats:
    best = np.maximum(errors.min(axis=-1, keepdims=True), 1e-6)
    return np.asarray(np.maximum(errors - best, 0.0) / best)


def _normalise(log_weights: Floats) -> Floats:
    raised = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
