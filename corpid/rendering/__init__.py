"""PDFs made (typst) and looked at (PDFium), and the fence around files we did not make.

`documents.py` makes them, `pages.py` shows them, `fence.py` keeps what reads them harmless.
"""
