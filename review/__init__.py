"""What a change to the code does to the templates, for whoever reviews it."""
