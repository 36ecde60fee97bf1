"""Whoever has a turn is told: what the queue says, written into an outbox and handed to a courier."""
