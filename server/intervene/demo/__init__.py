"""`intervene demo`: the main job, over real sockets, with the client only."""
