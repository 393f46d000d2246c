"""The function that turns the path dial back to 0 % when a rollback alarm fires, and says so."""
