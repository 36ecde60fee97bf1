"""Signing in: password and second factor by django-allauth, of which only what is listed here is mounted."""
