"""What can happen to a job."""
