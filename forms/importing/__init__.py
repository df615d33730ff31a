"""A foreign XLSForm made a questionnaire folder (make.import_xlsform), what is lost told cell by cell; imports nothing itself."""
