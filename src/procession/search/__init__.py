"""Search over everything that has a text: what is indexed, how it is found, who sees which hit (spec 50 §6)."""
