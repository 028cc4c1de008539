"""HTTP/1.1: the protocol on a transport, the table of operations, and the pages."""
