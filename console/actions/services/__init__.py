"""What carries the verbs out: one short transaction each, audited."""
