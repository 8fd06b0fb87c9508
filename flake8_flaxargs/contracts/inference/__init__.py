"""Abstract interpretation: a function's facts -> its ``Contract``.

``engine`` knows functions, classes and objects; ``interpreter`` walks one function's body; ``calls`` and its neighbours
say what calling a term does. Nothing here knows a rule.
"""
