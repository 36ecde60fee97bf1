"""The vault: says which signatures are good, and enrols the keys they were made with.

Refuses to read anything but what was signed: a declaration, its signature, the public key. It serves no
page and holds no key of anybody. Its marks are written over a login of its own (``trust_vault``), which the
application does not have.
"""
