"""``flaxargs server``: findings, quick fixes and hover in an editor, over the Language Server Protocol (pygls 2).

``server`` wires; ``texts`` holds what the editor holds, ``workspace`` what is known of it. Needs the extra ``[lsp]``;
only ``frontends.command.server`` imports this.
"""
