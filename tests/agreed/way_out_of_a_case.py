"""Way out of a case."""
