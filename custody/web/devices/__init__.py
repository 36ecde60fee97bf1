"""A person's own keys: made in this browser or taken from a key file, proposed for enrolment, given up."""
