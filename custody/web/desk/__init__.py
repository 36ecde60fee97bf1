"""Custody's own pages at the desk: suspense, breaks, imports, days, funds, people."""
