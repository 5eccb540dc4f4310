"""Record the requests of a session in a file, without their secrets, and answer them from it again."""
