"""What pages say: values, times, the profile, its history, tables, the ingest log, the sidebar."""
