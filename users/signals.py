"""What `users` announces. Sent after the commit, once for each user that a call changed.

user_changed: project (Project), user (pk), refs (frozenset of changed refs), answer (Answer).
"""

from django.dispatch import Signal

user_changed = Signal()

# What rules stand on changed: a type change began or ended, a definition was deleted, a tag renamed, the time zone set.
# Sent within the transaction, after Project.version moved. project (Project), refs (refs, or None for all),
# created (FIELDs that are new).
definitions_changed = Signal()
