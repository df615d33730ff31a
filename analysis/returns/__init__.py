"""Reports that come back as Excel templates: a folder of workbooks in, answers, findings and a list of the silent out."""
