"""What a Module's methods ask of their caller, inferred from facts: here, which arguments are merged, read, overruled.

``values`` the abstract values, ``flow`` the walk through one method, ``calls`` who is called and how arguments bind,
``reads`` who reads an attribute, ``nullness`` what can be None, ``merges`` the report that rules look at.
May import ``project``, ``facts``, ``source`` and ``model`` only.
"""
