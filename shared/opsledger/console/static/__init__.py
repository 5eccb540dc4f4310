"""The style sheet, the script and the icon."""
