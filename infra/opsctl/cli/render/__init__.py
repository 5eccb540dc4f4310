"""What commands print: for people tables and lines, for programs JSON."""
