"""Cleaning with proof: decisions of people about values, replayed over what was received.  Imports nothing itself."""
