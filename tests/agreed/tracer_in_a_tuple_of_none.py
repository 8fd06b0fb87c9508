"""Tracer in a tuple of none."""
