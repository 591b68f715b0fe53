"""Templates in other notations: pure codecs between an outline and bytes."""
