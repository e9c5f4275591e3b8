"""THE write path, from a call to stored rows. Nothing else writes values: also edits, merges, type changes, erasing."""
