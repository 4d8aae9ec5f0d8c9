"""The end of a recording: drawn, destroyed, checked, certified; and the ends of what is kept after it."""
