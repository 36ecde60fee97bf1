"""What a fund's days are proved by, and how they end. Built so far: closing and reopening by two keys."""
