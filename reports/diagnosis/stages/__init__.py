"""What is tried, one file for each idea. A stage is a function from a Question to explanations; the list of them, in the order in
which they are tried, is STAGES in reports/diagnosis/diagnose.py."""
