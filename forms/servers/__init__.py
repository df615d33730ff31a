"""Servers: ODK Central and KoBoToolbox behind one face.  Imports nothing itself."""
