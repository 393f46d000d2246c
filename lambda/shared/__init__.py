"""What both functions and everything around them agree on."""
