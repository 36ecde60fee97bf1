"""What pages of every room share: who is visiting, the shell, signing; and custody's own pages."""
