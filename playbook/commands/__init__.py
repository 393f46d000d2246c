"""One module a command; `playbook.cli` says how they are found."""
