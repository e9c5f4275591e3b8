"""What `users` announces. Sent after the commit, once for each user that a call changed.

user_changed: project (Project), user (pk), refs (frozenset of changed refs), answer (Answer).
"""

from django.dispatch import Signal

user_changed = Signal()
