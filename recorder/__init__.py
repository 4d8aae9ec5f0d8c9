"""The visitors' side of Yesmap: ask, take in, keep for a limited time, forget."""
