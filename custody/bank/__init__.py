"""Statements as banks export them: read, proved line by line, and handed on as values. Writes nothing."""
