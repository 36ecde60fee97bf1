"""Whose turn it is: what waits for a person, and what keys are turned on, each as values of one shape."""
