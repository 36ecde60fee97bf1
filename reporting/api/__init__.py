"""The API of reporting: statements, what happened, and whether a paper is ours."""
