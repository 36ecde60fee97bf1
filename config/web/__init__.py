"""What every page needs of the house: signing in, how people like to read, and refusals as pages."""
