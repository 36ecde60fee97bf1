"""The log of days, for anybody."""
