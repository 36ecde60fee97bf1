"""The API `/api/v1`: the rooms' resources under one door, with refusals as problem+json and its own page."""
