"""One file's text -> ``FileFacts``: plain records of what the file says, without knowledge of any other file.

``records`` the data, ``reader`` and ``body`` the one ``ast`` pass that fills them, ``store`` the cache.
May import ``model``, ``source`` and ``shelf`` only.
"""
