"""Who acts for whom: a person is seated in an organisation by two keys, dated by the database's clock."""
