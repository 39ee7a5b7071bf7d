"""The main line through all rooms, on a real server with real sockets."""
