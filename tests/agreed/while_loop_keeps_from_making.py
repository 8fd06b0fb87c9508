"""While loop keeps from making."""
