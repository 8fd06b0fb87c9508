"""What a Module's methods ask of their caller, inferred from facts: here, which arguments are merged, read, overruled.

``walk`` (with ``expressions``, ``callees``, ``state``) goes through one function, ``flow`` is what it found, in terms
of the abstract ``values``; ``flows`` holds all walks. ``reads`` tells who reads an attribute, ``nullness`` what can be
None, ``constructions`` who makes a Module. ``merges`` concludes the ``report`` that rules look at.
May import ``project``, ``facts``, ``source`` and ``model`` only.
"""
