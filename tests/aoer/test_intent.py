"""The intent classifier: own names, abstention, and that it is better than guessing on queries it never saw."""

import numpy as np
import pytest

from console.aoer.intent import SURE, IntentModel, _decide, labelled_set, shipped_model
from console.aoer.intent_rules import LABELS, Names, by_rules, normalise

OURS = Names(("harlow ridge mazda", "harlow ridge"), ("harlowridge.example",))


def test_labelled_set_is_large_enough_and_clean() -> None:
    examples = labelled_set()
    assert len(examples) >= 200
    assert len({one.query for one in examples}) == len(examples)
    assert {one.intent for one in examples} == set(LABELS)
    assert min(sum(one.intent == label for one in examples) for label in LABELS) >= 30


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        ("Harlow  Ridge Mazda hours", "brandname hours"),
        ("www.harlowridge.example/used", "ownsite"),
        ("harlow ridgemont", "harlow ridgemont"),
        ("cars.com 2019 cx-5 under 20000", "othersite yearnumber cx-5 under moneynumber"),
    ],
)
def test_own_names_become_a_word_and_nothing_else_does(query: str, normal: str) -> None:
    assert normalise(query, OURS) == normal


def test_a_brand_is_navigational_only_for_its_own_tenant() -> None:
    model = shipped_model()
    ours, other = model.probabilities(["harlow ridge"] * 2, [OURS, Names()])
    place = LABELS.index("navigational")
    assert ours[place] > other[place] + 0.2


def test_plain_cases_and_abstention() -> None:
    queries = [
        "used cars for sale near me",
        "how often should i change brake fluid",
        "harlow ridge mazda phone number",
        "glorp",
    ]
    found = shipped_model().classify(queries, [OURS] * 4)
    assert [one.label for one in found[:3]] == ["commercial", "informational", "navigational"]
    assert not any(one.review for one in found[:3]) and all(one.confidence >= SURE for one in found[:3])
    unsure = shipped_model().classify(["best mazda"], [Names()])[0]
    assert unsure.review is (unsure.confidence < SURE)
    assert all((one.label == "other") for one in found if one.review)


@pytest.mark.parametrize(("confidence", "label", "review"), [(0.79, "other", True), (0.8, "commercial", False)])
def test_below_four_fifths_it_abstains(confidence: float, label: str, review: bool) -> None:
    got = _decide(np.array([1 - confidence, confidence, 0.0, 0.0]))
    assert (got.label, got.review, got.guess) == (label, review, "commercial")


def test_fitting_again_gives_the_same_probabilities() -> None:
    examples = labelled_set()
    queries, names = [one.query for one in examples[:20]], [one.names for one in examples[:20]]
    one, two = (IntentModel(examples).probabilities(queries, names) for _ in range(2))
    np.testing.assert_allclose(one, two, atol=1e-9)
    np.testing.assert_allclose(one.sum(axis=1), 1)


def test_unseen_queries_are_classified_better_than_by_the_majority() -> None:
    examples = labelled_set()
    held = [i % 5 == 0 for i in range(len(examples))]
    model = IntentModel([one for one, out in zip(examples, held, strict=True) if not out])
    test = [one for one, out in zip(examples, held, strict=True) if out]
    found = model.classify([one.query for one in test], [one.names for one in test])
    right = np.array([guess.guess == one.intent for guess, one in zip(found, test, strict=True)])
    sure = np.array([not guess.review for guess in found])
    assert right.mean() > 0.75 and right[sure].mean() > 0.85 and sure.mean() > 0.6


def test_rules_know_the_obvious() -> None:
    assert by_rules("harlowridge.example specials", OURS) == "navigational"
    assert by_rules("sell my car", OURS) == "commercial"
    assert by_rules("what is apr", OURS) == "informational"
    assert by_rules("glorp", OURS) == "other"


def test_nothing_to_classify() -> None:
    assert shipped_model().classify([], []) == []
