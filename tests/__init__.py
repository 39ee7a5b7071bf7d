"""The tests, in rooms as the project is."""
