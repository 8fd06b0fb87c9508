"""Findings -> text for people and for programs: one file a format, each a function of ``Finding`` records.

Only front ends import this; it knows rules by their pages, and no rule logic.
"""
