"""An embedded AWS: MiniStack in-process, plus what MiniStack lacks.

`python -m sandbox serve` keeps one running; `python -m sandbox run -- COMMAND` runs a command against one.

The package knows AWS's APIs and MiniStack, and nothing of the product that is tried on it. `composition.py`
lists the parts.
"""
