"""The report of a run as one HTML page, which asks for nothing else: no script, no font, no picture from elsewhere."""
