"""Where the protector's questions are answered: by the trust company, or by the firm."""
