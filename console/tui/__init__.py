"""The terminal."""

import os

# The framework paints at most so often a second; at its default of 60 a key press waits 8 ms on average for the next
# slot. Nothing is painted while nothing changes, so the higher rate costs nothing at rest. Set before its import.
os.environ.setdefault("TEXTUAL_FPS", "240")
