"""The five targets of the plan in one year: reports of units, media agencies and communes, beside what the surveys found."""
