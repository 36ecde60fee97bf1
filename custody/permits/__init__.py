"""Who may do what: acts, the question every writing service asks, and the attempts that were refused."""
