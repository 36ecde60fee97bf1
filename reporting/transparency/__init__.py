"""A log of what owners and regulators were shown, which nobody can rewrite unnoticed (docs/verify.md)."""
