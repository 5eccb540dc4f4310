"""What other projects give for the same job, set up as their own pages say."""
