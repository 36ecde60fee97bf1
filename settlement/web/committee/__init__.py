"""The committee's phone: one decision a screen."""
