"""What only operators and developers run: the command line `opsledger`, its tools, the packager and the template."""
