"""What a decision on an invoice rests on, read at once: claims, accounts, invoices alike, checks, history."""
