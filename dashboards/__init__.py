"""What an operator looks at, and the one definition of each measure behind it."""
