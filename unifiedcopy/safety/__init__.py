"""What stands between a decision and money: the record of writes, and the files that hold it."""
