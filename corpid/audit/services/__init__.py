"""What can happen to the log: an event is recorded, sealed, published, proved, erased."""
