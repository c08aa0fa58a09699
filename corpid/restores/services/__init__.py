"""What depends on whether a restore is finished."""
