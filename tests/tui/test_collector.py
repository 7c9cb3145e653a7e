"""Full collections come while nobody types."""

from console.tui.collector import EVERY, LONGEST, RESTING, Collector


class FakeGc:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def freeze(self) -> None:
        self.calls.append("freeze")

    def unfreeze(self) -> None:
        self.calls.append("unfreeze")

    def enable(self) -> None:
        self.calls.append("enable")

    def collect(self) -> int:
        self.calls.append("collect")
        return 0


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Collector, FakeGc, Clock]:
    clock, fake = Clock(), FakeGc()
    collector = Collector(clock, fake)
    collector.begin()
    assert fake.calls == ["freeze", "enable"]
    fake.calls.clear()
    return collector, fake, clock


def test_hands_that_type_are_not_disturbed() -> None:
    collector, fake, clock = made()
    clock.now += EVERY + 1
    collector.key()
    collector.look()
    clock.now += RESTING - 0.1
    collector.look()
    assert fake.calls == []
    clock.now += 0.2
    collector.look()
    assert fake.calls == ["collect", "freeze"]
    collector.look()
    assert fake.calls == ["collect", "freeze"], "not again at once"


def test_who_never_rests_is_disturbed_once_in_a_long_while() -> None:
    collector, fake, clock = made()
    clock.now += LONGEST - 1
    collector.key()
    collector.look()
    assert fake.calls == []
    clock.now += 1
    collector.key()
    collector.look()
    assert fake.calls == ["collect", "freeze"]


def test_what_was_set_aside_is_looked_at_again() -> None:
    collector, fake, clock = made()
    for _ in range(30):
        clock.now += EVERY
        collector.look()
    assert fake.calls.count("collect") == 30
    assert fake.calls.count("unfreeze") == 2
    assert fake.calls[fake.calls.index("unfreeze") :][:3] == ["unfreeze", "collect", "freeze"]
