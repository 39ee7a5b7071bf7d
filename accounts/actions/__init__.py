"""The deeds of this room, by module: codes, sign-in of citizens and of staff, tokens, profile."""
