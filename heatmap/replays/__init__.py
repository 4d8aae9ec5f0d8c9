"""One visit at a time, while the recording runs, of those who chose replay."""
