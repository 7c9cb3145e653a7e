"""What a state machine answers when a verb does not lead to a new state."""


class NoChange(Exception):
    """The row already is what the verb would make it; the message says so."""


class Refused(Exception):
    """The verb does not apply in this state; the message says why and what would."""
