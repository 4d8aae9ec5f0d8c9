"""`make prove`: after the end of a recording nothing raw is left anywhere, and the search for it would find it."""
