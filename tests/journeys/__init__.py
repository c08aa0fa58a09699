"""The four promises, told through HTTP alone on the running product."""
