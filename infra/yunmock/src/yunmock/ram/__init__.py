"""Resource Access Management: which calls a role may make, decided from its policies as the cloud decides it."""
