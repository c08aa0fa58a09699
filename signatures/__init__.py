"""Signing PDFs under a company's own signing rule, and verifying them for anybody."""
