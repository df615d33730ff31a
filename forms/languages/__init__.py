"""Further languages of a form: what is to be translated, the workbook that a translator fills, what comes back of it.

A translation is a person's work: nothing ships filled and nothing is made up.  Imports the records and files of `forms`.
"""
