"""The commands, one module a family: options, exit codes, and what each calls.

A command imports what it needs when it runs, so that `--help` loads no SDK.
"""
