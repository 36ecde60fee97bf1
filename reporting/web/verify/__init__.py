"""Whether a paper is one of ours."""
