"""Packs of uploads to replay: four-seasons as published, and estates invented by the maker."""
