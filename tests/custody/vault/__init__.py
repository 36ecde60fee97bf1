"""Mirrors custody/vault."""
