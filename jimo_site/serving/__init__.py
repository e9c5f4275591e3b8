"""How the product is served: no caller, however slow, keeps others from being answered.

    serve ──┬─► web process (`python -m jimo_site.serving.granian`): one or several
            └─► worker (`manage.py worker`)               whatever dies is started again; nothing outlives `serve`

    connection ─► Granian's Rust core: heads, keep-alive, sockets
      gate      ─► /healthz is answered at once; a head takes a thread for a moment, an unread body none
      incoming  ─► the body is spooled as it comes, at a least speed; too slow is 408, too large 413
      lanes     ─► calls, reading pages, sending forms, long work: each has places of its own and a queue that ends
      calls     ─► calls of the API go to their view by the shortest way; everything else to Django, by WSGI
      answers   ─► short ones in one piece; long ones through downloads: a spool on disk, at the reader's pace
      sockets   ─► who does not take an answer, at a least speed, is hung up on
      crowding  ─► where connections run out, the quietest of whoever has most are hung up on

Why so. Granian's own WSGI mode takes a thread when a head has come and keeps it until the last byte of the body came
and the last byte of the answer went; it has a time-out for heads alone, and its maintainers want none for bodies
(its issue 728). Its RSGI mode waits for bodies without a thread, but hands each request through an asyncio loop and
back, which cost half of the calls a second over one connection; uvicorn and waitress cost as much or more. So the
RSGI worker is driven here without a loop: its own threads run what is ready. The same calls a second as in WSGI mode.

This leans on `granian._granian`, which Granian does not promise to keep: its version is pinned to one minor release
and tests/serving hold what is used.
"""
