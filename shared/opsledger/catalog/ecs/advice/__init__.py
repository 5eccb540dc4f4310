"""Advice on ECS events, one file per language; `opsledger.catalog.advice` reads it."""
