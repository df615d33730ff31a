"""The archive: every run in a folder of its own, what changed since the run before and why, and the sealed baseline.

Standard library only here; results in, files out.  Never overwrites.
"""
