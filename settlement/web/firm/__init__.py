"""The property firm's portal."""
