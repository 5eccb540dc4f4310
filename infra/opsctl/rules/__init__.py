"""Judge rules by a corpus of events: what is dropped, what matches twice, and why."""
