"""Surveys that others wrote: an XLSForm, its export and an analysis plan -> tables with errors.  Imports nothing itself."""
