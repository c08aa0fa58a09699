"""Pages of the sandbox alone; production has none of them."""
