"""While loop broadcasts statistics."""
