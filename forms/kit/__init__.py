"""The enumerator's kit: what a team carries, printed from the form itself.  Imports nothing; its command is cli.py."""
