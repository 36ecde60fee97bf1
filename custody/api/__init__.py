"""The API of custody: tokens, problems, answers given once, and what each fund holds."""
