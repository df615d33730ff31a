"""The lint of a questionnaire (rules.findings): what validators let pass, and good practice.  Imports nothing itself."""
