"""A form seen in ODK Web Forms, in the browser of this machine.  Imports nothing; its command is cli.py."""
