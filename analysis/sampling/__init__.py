"""Before the field: the frame of hamlets, the draw, what may replace a household, and the practice province."""
