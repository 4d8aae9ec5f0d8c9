"""Files for the operator's other tools; see README.md beside this."""
