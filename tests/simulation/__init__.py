"""A deterministic simulator: the pipeline in a world where everything that can go wrong does, again and again.

One number decides a schedule. `plan` draws it from the `workload`: events of several things, in every envelope, in
disorder, and the faults that will strike. `run` carries it out: handlers take turns at every call of a store that
fails as planned (`world`), and whatever is not acknowledged is delivered again. `invariants` says what must hold
afterwards, beside a `reference` model that shares no code with the pipeline. `broken` holds variants of the code with
a mistake in them, each of which an invariant must catch. `story` cuts a failing schedule down to what it takes;
`campaign` runs many. `fuzz` tries what `mutate` makes of good payloads.
"""
