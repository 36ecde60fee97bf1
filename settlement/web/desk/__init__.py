"""The operator's desk: what waits for the trust company's people, and settlements."""
