"""Deploy OpsLedger to an account: the stack, the layers, the functions and the rules, in an order that loses no event.

`steps` has the order. What it asks of the account is in `account`; `remote` asks the real one, and `unchanged` prints
what would change instead.
"""
