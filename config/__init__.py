"""Settings and wiring: the only package that knows the environment. Refuses to hold business rules."""
