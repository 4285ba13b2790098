"""`make soak`: the app under chaos, and what must hold of it afterwards, seen from outside.

`__main__` is the command, `story` what is sent and what is inflicted, `checks` what must hold, `proxy` breaks connections,
`servers` is the other end of the wire.
"""
