"""The function in front: it checks the flag, chooses a path, reads, annotates and answers."""
