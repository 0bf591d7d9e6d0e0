"""What is promised about money, proved by commands that print their figures."""
