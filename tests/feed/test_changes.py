"""What an audit entry changed, in words."""

import pytest

from console.feed.changes import changed

KEY = "4f128860-ee3e-42b5-809b-1b5987931efa"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"status": "pending"}, {"status": "out_for_delivery"}, "status pending → out for delivery"),
        ({"driver_id": None}, {"driver_id": KEY}, "driver – → 4f128860"),
        ({"status": "open", "version": 1}, {"status": "open", "version": 2}, ""),
        ({"lat": 1.0, "lon": 2.0}, {"lat": 1.1, "lon": 2.0}, "moved"),
        ({"active": True}, {"active": False}, "active yes → no"),
        ({"stops": [1]}, {"stops": [1, 2]}, "stops 1 entry → 2 entries"),
        ({"due": None}, {"due": "2026-11-21T16:06:02.519532+00:00"}, "due – → 2026-11-21 16:06 UTC"),
        (None, {"id": KEY, "name": "Ada A.", "status": "available", "phone": None}, "name Ada A., status available"),
        (None, {"kind": "recompute", "priority": "medium", "created": True}, "priority medium"),
        (None, {"round": "r", "orders": 12, "waiting": 0}, "round r, orders 12, waiting 0"),
        ({"name": "x"}, None, "removed"),
        (None, None, ""),
        ("text", [1], ""),
        ({"note": None}, {"note": "x" * 100}, f"note – → {'x' * 59}…"),
        ({}, {f"f{i}": i for i in range(9)}, "f0 – → 0, f1 – → 1, f2 – → 2, f3 – → 3, f4 – → 4, f5 – → 5 and 3 more"),
    ],
)
def test_changes_in_words(before: object, after: object, told: str) -> None:
    assert changed(before, after) == told
