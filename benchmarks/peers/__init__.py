"""The same jobs done with other projects, set up as their documentation says."""
