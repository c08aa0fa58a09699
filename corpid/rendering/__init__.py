"""PDFs made (typst) and looked at (PDFium), and the fence around files we did not make."""
