"""Advice on ECI events, one file per language; `opsledger.catalog.advice` reads it."""
