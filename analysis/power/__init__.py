"""Before the money is spent: what a planned two-wave sample will be able to prove, in closed form and by simulation."""
