"""Whole packs replayed through the command a clerk would run."""
