"""A trust at the desk, where the provider is paid: its budget, and whom it pays."""
