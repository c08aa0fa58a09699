"""The cases: a module each, with TITLE and `prepare(product) -> Case`."""
