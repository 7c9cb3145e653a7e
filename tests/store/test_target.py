import random
from itertools import islice

import pytest

from console.store.link import backoff
from console.store.sessions import decode_json, encode_json
from console.store.target import Target


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://u:secret@h:5433/d?sslmode=require", "postgresql://u@h:5433/d?sslmode=require"),
        ("postgresql://u:se%40cret@h/d", "postgresql://u@h/d"),
        ("postgresql://u@h/d?password=secret&sslmode=require", "postgresql://u@h/d?sslmode=require"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("host=h password=secret user=u", "host=h user=u"),
    ],
)
def test_a_password_is_never_shown(dsn: str, shown: str) -> None:
    assert Target(dsn=dsn).url() == shown
    assert "cret" not in str(Target(dsn=dsn))


def test_the_embedded_server_has_a_url_for_other_clients() -> None:
    target = Target(host="/var/lib/my data/run", user="op_anna", database="aoer", owner="postgres")
    assert target.url() == "postgresql://op_anna@/aoer?host=/var/lib/my%20data/run&port=5432"
    assert target.embedded
    assert target.arguments() == {"host": target.host, "port": 5432, "user": "op_anna", "database": "aoer"}


def test_another_database_of_a_dsn_wins_over_its_own() -> None:
    assert Target(dsn="postgresql://u@h/d", database="other").arguments()["database"] == "other"


def test_pauses_double_up_to_the_longest_and_are_shortened_by_a_half_at_most() -> None:
    class Longest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    class Shortest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return a

    assert list(islice(backoff(1.0, draw=Longest()), 6)) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert list(islice(backoff(1.0, draw=Shortest()), 6)) == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_json_goes_both_ways_even_where_the_quick_decoder_gives_up() -> None:
    value = {"a": [1, None, 2.5, "ü"], "b": {}}
    assert decode_json(encode_json(value)) == value
    assert decode_json('"\\ud800"') == "\ud800"
    assert decode_json("123456789012345678901234567890") == 123456789012345678901234567890
