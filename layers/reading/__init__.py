"""What every reader is made of: kinds of files, headings, dates, positions, and the account of rows."""
