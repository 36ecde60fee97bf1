"""The owners' pages: what was published, for anybody."""
