"""What is known of segments, and how the rest is asked for."""
