"""Pages where the provider is paid: desk, firm, committee, protector."""
