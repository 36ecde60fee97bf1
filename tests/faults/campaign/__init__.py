"""`make faults`: one payment's whole way, again and again, something killed, doubled or raced at every act.

A run is named by its seed and comes out the same when it is asked for again; only who wins a race is open.
"""
