"""Two estates in the middle of a quarter, opened to be walked by a newcomer, and the bank that answers them.

Known with DEBUG alone. Refuses to open them in a database that holds anybody else's.
"""
