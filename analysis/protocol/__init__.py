"""The survey protocol (phương án khảo sát) as results: the plan of a survey before it is fielded."""
