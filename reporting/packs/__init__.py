"""Signed packs for regulators: papers, entries, manifest, signatures that public tools verify (ADR 16)."""
