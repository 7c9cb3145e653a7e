"""Intent of a query: TF-IDF of words and characters, rules and the tenant's own names into logistic regression.

Probabilities are calibrated by one temperature fitted on out-of-fold predictions (Guo et al. 2017). Below .8 the
classifier abstains: the query is filed as "other" and put on the review list. Trained at first use from the labelled
set that ships with the program, always with the same result. Only loaded where queries are classified.
"""

import csv
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from console.aoer.intent_rules import LABELS, Names, all_features, normalise
from console.aoer.rating.settings import Floats

SURE: Final = 0.8
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Labelled:
    """One query of the labelled set."""

    query: str
    intent: str
    names: Names


@dataclass(frozen=True, slots=True)
class Intent:
    """`label` to store; `review` where the classifier was not sure and would have said `guess`."""

    label: str
    confidence: float
    review: bool
    guess: str


def labelled_set() -> list[Labelled]:
    """The labelled queries that ship with the program."""
    text = (files("console.aoer") / "data" / "intent_queries.csv").read_text(encoding="utf-8")
    return [
        Labelled(row["query"], row["intent"], Names(tuple(row["brand_terms"].split("|")), (row["domain"],)))
        for row in csv.DictReader(text.splitlines())
    ]


class IntentModel:
    """A fitted classifier."""

    def __init__(self, examples: Sequence[Labelled]) -> None:
        """Fit on `examples`; a fraction of a second."""
        self._words, self._characters = _vectorisers()
        normals = [normalise(one.query, one.names) for one in examples]
        truth = np.array([LABELS.index(one.intent) for one in examples])
        self._words.fit(normals)
        self._characters.fit(normals)
        with one_thread():
            # A ridge penalty is blind to rotation: fitting on the few principal axes gives the same model, far faster.
            left, size, axes = np.linalg.svd(self._matrix(normals), full_matrices=False)
            self._axes = axes.T
            reduced = left * size
            self.temperature = _temperature(_out_of_fold(reduced, truth), truth)
            self._model = _regression().fit(reduced, truth)

    def logits(self, queries: Sequence[str], names: Sequence[Names]) -> Floats:
        """Uncalibrated scores (k, 4) in the order of LABELS."""
        normals = [normalise(query, name) for query, name in zip(queries, names, strict=True)]
        return np.asarray(self._model.decision_function(self._matrix(normals) @ self._axes))

    def probabilities(self, queries: Sequence[str], names: Sequence[Names]) -> Floats:
        """Calibrated probabilities (k, 4) in the order of LABELS."""
        return _softmax(self.logits(queries, names) / self.temperature)

    def classify(self, queries: Sequence[str], names: Sequence[Names]) -> list[Intent]:
        """One intent a query."""
        if not queries:
            return []
        found: list[Intent] = []
        for first in range(0, len(queries), BATCH):
            part = slice(first, first + BATCH)
            found += [_decide(row) for row in self.probabilities(queries[part], names[part])]
        return found

    def _matrix(self, normals: Sequence[str]) -> Floats:
        text = [vectoriser.transform(normals).toarray() for vectoriser in (self._words, self._characters)]
        return np.hstack([*text, np.array(all_features(normals))])


@lru_cache(maxsize=1)
def shipped_model() -> IntentModel:
    """The model of the labelled set, fitted once a process."""
    return IntentModel(labelled_set())


def _decide(probabilities: Floats) -> Intent:
    best = int(np.argmax(probabilities))
    confidence = float(probabilities[best])
    sure = confidence >= SURE
    return Intent(LABELS[best] if sure else "other", confidence, not sure, LABELS[best])


def _vectorisers() -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    return words, TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=4.0, class_weight="balanced", max_iter=1000, tol=1e-6)


def one_thread() -> AbstractContextManager[Any]:
    """Matrices this small are slower with more threads, and results must not depend on how many there are."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def _out_of_fold(matrix: Any, truth: Any) -> Floats:
    from sklearn.model_selection import StratifiedKFold

    logits = np.zeros((truth.size, len(LABELS)))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=7).split(matrix, truth):
        logits[test] = _regression().fit(matrix[train], truth[train]).decision_function(matrix[test])
    return logits


def _temperature(logits: Floats, truth: Any) -> float:
    """The temperature with the least log loss on predictions that did not see their own query."""
    rows = np.arange(truth.size)
    tried = np.geomspace(0.2, 5.0, 60)
    losses = [-np.log(_softmax(logits / one)[rows, truth] + 1e-12).mean() for one in tried]
    return float(tried[int(np.argmin(losses))])


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
