"""What comes in and goes out at the desk."""
