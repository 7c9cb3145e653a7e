"""The map: projection, canvas, what is drawn on it, and the widget."""
