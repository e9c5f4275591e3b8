"""What pages say of segments: charts, help, starters, and the Users list narrowed by rules."""
