"""The field watched daily: what came in, how far it is, what a supervisor should look at.  Imports nothing itself."""
