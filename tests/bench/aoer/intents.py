"""Macro-F1 of the intent classifier against rules only and the majority, by honest cross-validation.

    nice python -m tests.bench.aoer.intents [--repeats 4]

Every query is predicted by models that never saw it; temperature and vocabulary are fitted inside the training folds.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from console.aoer.intent import SURE, IntentModel, labelled_set
from console.aoer.intent_rules import LABELS, by_rules


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=4)
    args = parser.parse_args()
    examples = labelled_set()
    truth = np.array([LABELS.index(one.intent) for one in examples])
    scores, covered, right, rules_only = [], [], [], []
    for repeat in range(args.repeats):
        said = np.zeros(truth.size, dtype=int)
        sure = np.zeros(truth.size)
        for train, test in StratifiedKFold(5, shuffle=True, random_state=repeat).split(truth, truth):
            model = IntentModel([examples[i] for i in train])
            found = model.probabilities([examples[i].query for i in test], [examples[i].names for i in test])
            said[test], sure[test] = found.argmax(axis=1), found.max(axis=1)
        scores.append(report(truth, said))
        keep = sure >= SURE
        covered.append(keep.mean())
        right.append((said == truth)[keep].mean())
    ruled = np.array([LABELS.index(by_rules(one.query, one.names)) for one in examples])
    rules_only = report(truth, ruled)
    majority = report(truth, np.full(truth.size, np.bincount(truth).argmax()))
    print(f"{len(examples)} labelled queries, 5 folds x {args.repeats}")
    print(f"{'method':<34}{'accuracy':>9}{'macro-F1':>10}" + "".join(f"{label[:6]:>8}" for label in LABELS))
    mean = np.mean(scores, axis=0)
    for name, row in (("majority", majority), ("keyword rules only", rules_only), ("TF-IDF + rules + own names", mean)):
        print(f"{name:<34}" + f"{row[0]:>9.3f}{row[1]:>10.3f}" + "".join(f"{value:>8.2f}" for value in row[2:]))
    print(
        f"at p >= {SURE}: {np.mean(covered):.3f} classified, {np.mean(right):.3f} of them right; the rest is for review"
    )
    return 0


def report(truth: Sequence[int], said: Sequence[int]) -> list[float]:
    each = f1_score(truth, said, average=None, labels=range(len(LABELS)), zero_division=0)
    return [float(np.mean(np.asarray(truth) == np.asarray(said))), float(each.mean()), *map(float, each)]


if __name__ == "__main__":
    sys.exit(main())
