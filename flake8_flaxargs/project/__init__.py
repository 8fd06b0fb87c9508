"""Many files -> ``Project``: where a name leads, which classes are Modules, what their fields are.

``search`` finds files of modules, ``files`` reads them once, ``names`` follows names, ``classes`` builds hierarchies,
``users`` finds who subclasses a class, in whole ``trees`` of files; ``ledger`` notes what each answer rests on.
``library`` holds the facts of Flax itself. Files are read as text; nothing is imported.

May import ``facts``, ``shelf``, ``source`` and ``model`` only.
"""
