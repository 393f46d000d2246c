"""What an environment costs: prices with their sources, a model over templates, and the page made of both."""
