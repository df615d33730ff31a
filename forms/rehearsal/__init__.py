"""Rehearsal: interviews with synthetic people through the engine inside ODK Collect, before anyone leaves the office."""
