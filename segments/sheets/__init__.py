"""Lists of users as people have them: read from texts and spreadsheets, written as downloads."""
