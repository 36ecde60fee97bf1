"""The protector's watch."""
