"""The regulator's oversight."""
