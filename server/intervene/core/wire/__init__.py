"""What clients and the server exchange: frames by audience, what each audience may see, and frames as bytes."""
