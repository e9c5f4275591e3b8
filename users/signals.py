"""What `users` announces. Changes of single users are no signal: those who keep something about a user follow each
write in its own transaction (`users.extend.Follower`), so that a crash in between loses nothing.
"""

from django.dispatch import Signal

# What rules stand on changed: a type change began or ended, a definition was deleted, a tag renamed, the time zone set.
# Sent within the transaction, after Project.version moved. project (Project), refs (refs, or None for all),
# created (FIELDs that are new).
definitions_changed = Signal()
