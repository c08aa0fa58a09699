"""A bank that asks a company for a licence, and checks it now and later."""
