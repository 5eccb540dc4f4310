"""Pydantic models of what each product says inside the envelope."""
