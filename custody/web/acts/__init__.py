"""The pages of a signing list: check it, sign it, and read what became of each item."""
