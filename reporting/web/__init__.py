"""Pages of statements: at the desk, and for the regulator."""
