"""Pages: what is on them, as rows and as page documents, and how they are found."""
