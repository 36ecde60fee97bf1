"""Whose turn it is where the provider is paid; together with custody's, a person's whole queue."""
