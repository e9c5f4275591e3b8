"""Who is in which segment: kept right with each write, computed in passes, counted, watched."""
