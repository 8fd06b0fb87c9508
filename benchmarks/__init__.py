"""Measurements on other people's code: what the linter finds there, and what it costs.

Nothing of the package imports this folder, and it reaches the linter only through ``flake8_flaxargs.linter``.
"""
