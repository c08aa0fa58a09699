"""A department's form: signs staff in, is filled by Corp ID, is signed by the company."""
