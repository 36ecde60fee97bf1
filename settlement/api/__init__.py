"""The API of settlement: budgets, work, invoices and how they are paid."""
