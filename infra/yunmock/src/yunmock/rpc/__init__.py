"""What the services with an RPC API have in common: the wire, signatures, parameters, pages, common errors."""
