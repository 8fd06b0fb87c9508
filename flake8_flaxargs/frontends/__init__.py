"""Thin fronts over ``linter.Linter``: no rule logic. Nothing below imports them."""
