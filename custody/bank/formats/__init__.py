"""Banks' own message formats, each into the same statements as a table: camt.053 and MT940."""
