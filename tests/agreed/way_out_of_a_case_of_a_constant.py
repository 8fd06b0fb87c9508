"""Way out of a case of a constant."""
