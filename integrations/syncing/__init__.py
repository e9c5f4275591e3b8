"""Reading connections: who a record is, what it says of them, and runs that go on where they stopped."""
