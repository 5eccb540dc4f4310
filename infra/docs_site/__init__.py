"""What the documentation site needs beside the pages."""
