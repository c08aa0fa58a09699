"""Applications that a case starts on a web server of its own."""
