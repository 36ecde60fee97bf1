"""Pictures of the pages for docs/faces/: ``make pictures``."""
