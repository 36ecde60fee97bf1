"""Statements for those in whose name a trust is kept."""
