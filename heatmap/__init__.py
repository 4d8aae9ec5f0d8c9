"""The team's side of Yesmap: raw events in, pictures and a certificate out."""
