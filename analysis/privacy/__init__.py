"""What protects respondents: what is restricted, who asked for what, and what was deleted.  Imports nothing itself."""
