"""A deterministic simulator: it runs the real pipeline and poller under injected faults and checks the invariants.

One number, the seed, decides a schedule. `schedule` draws it from the `workload`: the events of a few entities in every
envelope, their order and batches, and the faults to inject. `run` carries it out: handlers alternate at every call of
the store (`interleaver`), calls fail as scheduled (`fault_injector`), and a delivery that is not acknowledged is
redelivered. `invariants` checks the result against a `reference` model that shares no code with the pipeline.

`campaign` runs many schedules. `report` reduces a failing schedule and describes it. `mutants` are deliberate mistakes
in the code; `detection` checks that an invariant catches each. `fuzz` feeds the pipeline what `payload_mutator` makes
of good payloads.
"""
